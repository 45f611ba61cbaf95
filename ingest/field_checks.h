// What a field must hold, whatever format it comes in. Internal to ingest.
#pragma once

#include <string>
#include <string_view>

#include "ingest/formats/record_format.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/text/encoding.h"

namespace ringfence {

struct DecodeOptions;

// Says why in `refusal`: "calling '9.12E+11' looks like …"; a long text is cut. Returns false.
bool RefuseField(Refusal& refusal, RejectReason reason, std::string_view field,
                 std::string_view text, std::string_view why);

// Whether the time is one of those that the options call plausible; `text` is how it was written.
bool CheckPlausible(std::string_view field, std::string_view text, EventTime time,
                    const DecodeOptions& options, Refusal& refusal);

// Whether answer is not before setup nor release before answer. Where one of two times has no
// decimals, less than a second is let pass and the later raised to the earlier.
bool CheckTimeOrder(Cdr& cdr, const DecodeOptions& options, Refusal& refusal);

// Whether the bytes hold control bytes that no text of a CDR holds (a line end may stand in
// quotes), and whether all are ASCII.
struct ByteClasses {
  bool control = false;
  bool ascii = true;
};
ByteClasses Classify(std::string_view bytes);

// Ids and trunks may hold GBK; what is no text at all loses its high bytes.
std::string CleanText(std::string_view text);
template <typename Text>
void AssignText(std::string_view from, bool ascii, Text& to) {
  if (ascii || IsUtf8(from)) [[likely]] {
    to.Assign(from);
  } else {
    to.Assign(CleanText(from));
  }
}

}  // namespace ringfence
