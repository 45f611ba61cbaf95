// The quick way through a delimited text: one row at a time, sixteen bytes at a step.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace ringfence {

// The row at the front of a text, if it is plain: printable ASCII without quotes, up to 32 fields
// and 1 KiB. Other rows, and those at the very end of a text, are for RecordSplitter and
// FieldSplitter; what both read they read alike.
class PlainRow {
 public:
  static constexpr size_t kMostFields = 32;
  static constexpr size_t kMostBytes = 1024;
  // So many bytes behind the beginning of any field can be read: whoever takes numbers and times
  // apart loads words, not bytes.
  static constexpr size_t kReadable = 40;

  // False when the row is not plain. `text` must live as long as the fields are used. quote '\0':
  // a quote is a character like others.
  bool Scan(std::string_view text, char delimiter, char quote) {
    text_ = text.data();
    size_t count = 0;
    for (size_t base = 0; base < kMostBytes && base + kBlock + kReadable <= text.size();
         base += kBlock) {
      Marks marks = MarksOf(text_ + base, delimiter, quote);
      if (marks.stops != 0) marks.delimiters &= (marks.stops & -marks.stops) - 1;
      for (; marks.delimiters != 0; marks.delimiters &= marks.delimiters - 1) {
        begins_[++count] = base + FirstOf(marks.delimiters) + 1;
      }
      if (count >= kMostFields) return false;
      if (marks.stops != 0) return EndAt(base + FirstOf(marks.stops), count);
    }
    return false;
  }

  size_t fields() const { return fields_; }
  // Empty where the row has fewer fields.
  std::string_view field(size_t index) const {
    if (index >= fields_) return {};
    return {text_ + begins_[index], begins_[index + 1] - 1 - begins_[index]};
  }
  std::string_view bytes() const { return {text_, begins_[fields_] - 1}; }  // without the line end
  size_t next() const { return next_; }  // where the next row begins

 private:
  static constexpr size_t kBlock = 64;

  // A bit for each byte of a block.
  struct Marks {
    uint64_t delimiters = 0;
    uint64_t stops = 0;  // what ends the row, or what makes it one that is not plain
  };

  static size_t FirstOf(uint64_t bits) { return static_cast<size_t>(std::countr_zero(bits)); }

#ifdef __SSE2__
  static Marks MarksOf(const char* at, char delimiter, char quote) {
    const __m128i delimiters = _mm_set1_epi8(delimiter);
    const __m128i quotes = _mm_set1_epi8(quote);
    const __m128i space = _mm_set1_epi8(' ');
    Marks marks;
    for (size_t part = 0; part < kBlock; part += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + part));
      const __m128i delimiter_here = _mm_cmpeq_epi8(bytes, delimiters);
      // Signed: control characters and everything outside ASCII are below the space.
      const __m128i stop_here = _mm_andnot_si128(
          delimiter_here,
          _mm_or_si128(_mm_cmplt_epi8(bytes, space), _mm_cmpeq_epi8(bytes, quotes)));
      const auto bits = [part](__m128i mask) {
        return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(mask))) << part;
      };
      marks.delimiters |= bits(delimiter_here);
      marks.stops |= bits(stop_here);
    }
    return marks;
  }
#else
  static Marks MarksOf(const char* at, char delimiter, char quote) {
    Marks marks;
    for (size_t i = 0; i < kBlock; ++i) {
      const auto byte = static_cast<unsigned char>(at[i]);
      const bool stop = byte < ' ' || byte >= 0x80 || at[i] == quote;
      marks.delimiters |= uint64_t{at[i] == delimiter} << i;
      marks.stops |= uint64_t{stop && at[i] != delimiter} << i;
    }
    return marks;
  }
#endif

  bool EndAt(size_t stop, size_t delimiters) {
    const bool crlf = text_[stop] == '\r' && text_[stop + 1] == '\n';
    if (text_[stop] != '\n' && !crlf) return false;
    fields_ = delimiters + 1;
    begins_[fields_] = stop + 1;
    next_ = stop + (crlf ? 2 : 1);
    return true;
  }

  const char* text_ = nullptr;
  size_t fields_ = 0;
  size_t next_ = 0;
  // Field i begins at begins_[i] and ends, with its delimiter or the line end, before begins_[i +
  // 1]. A block may add to a full row before it is seen that there are too many.
  std::array<size_t, kMostFields + kBlock + 1> begins_ = {};
};

}  // namespace ringfence
