// The part of Blocker that asks the lists.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "blocker/blocker.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<Blocker::Batch> Blocker::ReadLists(const std::vector<ActionRecord>& actions,
                                                  EventTime now) {
  std::vector<CallingNumber> numbers;
  numbers.reserve(actions.size());
  for (const ActionRecord& action : actions) numbers.push_back(action.number);
  return ReadLists(std::move(numbers), now);
}

absl::StatusOr<Blocker::Batch> Blocker::ReadLists(std::vector<CallingNumber> numbers,
                                                  EventTime now) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  auto answers = parts_.deciding.Lookup(numbers, now);
  if (answers.ok() && answers->size() != numbers.size()) {
    answers = absl::InternalError("the lists answered for another count of numbers");
  }
  RF_RETURN_IF_ERROR(NoteLists(answers.status(), deciding_down_, now));
  if (!answers.ok()) return Batch(answers.status());
  absl::flat_hash_map<CallingNumber, Listing> listings;
  for (Listing& listing : *answers) listings[listing.number] = std::move(listing);
  return Batch(std::move(listings));
}

absl::StatusOr<Listing> Blocker::Prove(CallingNumber number, EventTime now) {
  auto answers = parts_.proving.Lookup({number}, now);
  RF_RETURN_IF_ERROR(NoteLists(answers.status(), proving_down_, now));
  if (!answers.ok()) return answers.status();
  if (answers->size() != 1) return absl::InternalError("one number asked, not one answer");
  return std::move(answers->front());
}

// One alarm when either way of asking fails, one when both work again.
absl::Status Blocker::NoteLists(const absl::Status& answer, bool& down, EventTime now) {
  if (!answer.ok()) ++probe_.lookup_errors;
  const bool were_down = deciding_down_ || proving_down_;
  down = !answer.ok();
  const bool are_down = deciding_down_ || proving_down_;
  if (were_down == are_down) return absl::OkStatus();
  EventLog& events = parts_.journal.events();
  if (!are_down) {
    return events.AddAlarm(now, "lists-back", "The lists answer again; held actions are decided.");
  }
  return events.AddAlarm(now, "lists-unavailable",
                         absl::StrCat("The lists give no proof; suspensions and blocks are held. ",
                                      answer.ToString()));
}

}  // namespace ringfence
