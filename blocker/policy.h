// What is to be done about a detection. Pure: no clock, no I/O, no state.
#pragma once

#include "absl/status/statusor.h"
#include "blocker/decision.h"
#include "detector/model/detection.h"
#include "whitelist/listing.h"

namespace ringfence {

// kListed for a whitelisted or a protected number, kUnknown for an error.
ListingLabel LabelOf(const absl::StatusOr<Listing>& listing);

// The number that the lists are asked about: the called one where that is the subject, else
// `detection.number`.
CallingNumber ListedNumber(const Detection& detection);

// `listing` is of ListedNumber(detection). The table, first match wins (an alert that opened):
//
//   subject        listing                        action    work order
//   any            episode closed, or a warning   none      no
//   line, customer protected                      none      no   (report)
//   line, customer any other, also unknown        none      yes  (people look at over-scope use)
//   called         protected, whitelisted, unkn.  none      yes  (urgent)
//   called         any other                      none      yes  (people protect it)
//   number         unknown                        held      yes
//   number         protected                      none      no   (report)
//   number         whitelisted                    none      no   (report)
//   number         line suspended or closed       none      no
//   number         line active or warned          suspend   yes
//   number         not in the ledger              block     yes
//
// Why a protected number gets no order: an order is the first step of a ladder that ends in a
// cut-off, and a hospital that calls 5,000 patients is no case for that ladder. It stands in the
// report, where a person who knows the customer reads it.
//
// A called number is a victim: the machine never acts on it, and its callers are judged by their
// own rules. An emergency number that nobody gets through to is the worst of floods, so what is not
// proved to be no protected number is looked at first.
//
// Authorise() asks again at the moment of dispatch; this decision alone permits nothing.
Decision Decide(const Detection& detection, const absl::StatusOr<Listing>& listing,
                const RuleSettings& settings);

}  // namespace ringfence
