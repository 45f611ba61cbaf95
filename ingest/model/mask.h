// Takes phone numbers out of texts that were not made for the log: errors of libraries, of the
// store, of peers. Where a number itself is put into a text, use PhoneNumber::Masked().
#pragma once

#include <string>
#include <string_view>

namespace ringfence {

// The text with every phone number in it masked as PhoneNumber::Masked() does. Taken for one are,
// where they stand alone, not as a part of a name or path:
//   '+' and 6 to 18 digits                    +8663155550001
//   a 0 and 8 or more further digits          006314440001, 0631-5550001
//   10 to 18 digits                           13800000000
// Groups of digits may be joined by single '-'; shorter runs stay, as do counts with thousands
// separators: positions and counters must remain readable.
std::string MaskNumbers(std::string_view text);

}  // namespace ringfence
