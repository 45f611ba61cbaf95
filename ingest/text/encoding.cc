#include "ingest/text/encoding.h"

#include <iconv.h>

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

// Bytes of the UTF-8 sequence at the front, 0 if it is ill-formed.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) -> uint8_t {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto follows = [&](size_t i, uint8_t low = 0x80, uint8_t high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const uint8_t low = lead == 0xe0 ? 0xa0 : 0x80;
    const uint8_t high = lead == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const uint8_t low = lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

class Converter {
 public:
  Converter() : handle_(iconv_open("UTF-8", "GB18030")) {}
  ~Converter() {
    if (valid()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool valid() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  absl::StatusOr<std::string> Convert(std::string_view text) {
    std::string out(text.size() * 3 + 4, '\0');    // two bytes of GBK make at most three of UTF-8
    char* input = const_cast<char*>(text.data());  // iconv does not write to it
    size_t input_left = text.size();
    char* output = out.data();
    size_t output_left = out.size();
    const size_t result = iconv(handle_, &input, &input_left, &output, &output_left);
    if (result == static_cast<size_t>(-1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("is neither UTF-8 nor GBK at byte ", text.size() - input_left));
    }
    out.resize(out.size() - output_left);
    return out;
  }

 private:
  iconv_t handle_;
};

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<uint8_t>(text[i]) < 0x80) [[likely]] {
      ++i;
      continue;
    }
    const size_t length = SequenceLength(text.substr(i));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

absl::StatusOr<std::string> ToUtf8(std::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  Converter converter;
  if (!converter.valid()) {
    return absl::UnavailableError("the system's iconv has no GB18030 converter");
  }
  return converter.Convert(text);
}

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xf]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void AppendCsvField(std::string& out, std::string_view field, char delimiter) {
  const std::array<char, 4> special = {delimiter, '"', '\n', '\r'};
  if (field.find_first_of({special.data(), special.size()}) == std::string_view::npos) {
    out.append(field);
    return;
  }
  out.push_back('"');
  for (const char c : field) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

void AppendCsvRow(std::string& out, absl::Span<const std::string_view> fields, char delimiter) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out.push_back(delimiter);
    AppendCsvField(out, fields[i], delimiter);
  }
  out.push_back('\n');
}

}  // namespace ringfence
