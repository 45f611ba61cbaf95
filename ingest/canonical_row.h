// A CDR as a row of the canonical CSV.
#pragma once

#include <string>
#include <string_view>

#include "ingest/model/cdr.h"

namespace ringfence {

inline constexpr std::string_view kCanonicalHeader =
    "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk";

// Without its line end. Times as Unix seconds with microseconds, so that nothing is lost; reading
// the row gives the same CDR back.
std::string CanonicalRow(const Cdr& cdr);

}  // namespace ringfence
