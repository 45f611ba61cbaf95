// The quick way through a delimited text: row by row, sixteen bytes at a step.
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

// The plain rows at the front of a text, one after another: printable ASCII without quotes, up to
// 32 fields and 1 KiB. Other rows, and those at the very end of a text, are for RecordSplitter and
// FieldSplitter; what both read they read alike. Each byte is looked at once.
class PlainRows {
 public:
  static constexpr size_t kMostFields = 32;
  static constexpr size_t kMostBytes = 1024;
  // So many bytes behind the beginning of any field can be read: whoever takes numbers and times
  // apart loads words, not bytes.
  static constexpr size_t kReadable = 40;

  // quote '\0': a quote is a character like others.
  PlainRows(char delimiter, char quote) : delimiter_(delimiter), quote_(quote) {}

  // Begins with the row at the front of `text`, which must live as long as its fields are used.
  void Begin(std::string_view text) {
    text_ = text.data();
    blocks_ = text.size() < kReadable ? 0 : (text.size() - kReadable) / kBlock;
    next_ = 0;
    first_block_ = known_ = 0;
  }

  // Goes on to the next row. False when it is not plain: then next() stays where it begins, and
  // there is nothing to go on to.
  bool Next() {
    size_t count = 0;
    begins_[0] = next_;
    // Windows that begin with the row, as rows of one file are much alike: what comes of them can
    // be foreseen.
    for (size_t at = next_; at <= next_ + kMostBytes - kBlock; at += kBlock) {
      const size_t block = at / kBlock;
      if (block + 1 >= known_ && !Look(block)) return false;
      Marks marks = Window(block, at % kBlock);
      if (marks.stops != 0) marks.delimiters &= (marks.stops & -marks.stops) - 1;
      for (; marks.delimiters != 0; marks.delimiters &= marks.delimiters - 1) {
        begins_[++count] = at + FirstOf(marks.delimiters) + 1;
      }
      if (count >= kMostFields) return false;
      if (marks.stops != 0) return EndAt(at + FirstOf(marks.stops), count);
    }
    return false;
  }

  size_t fields() const { return fields_; }
  // Empty where the row has fewer fields.
  std::string_view field(size_t index) const {
    if (index >= fields_) return {};
    return {text_ + begins_[index], begins_[index + 1] - 1 - begins_[index]};
  }
  // Without the line end.
  std::string_view bytes() const { return {text_ + begins_[0], begins_[fields_] - 1 - begins_[0]}; }
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

  // Sees to it that the block and the one behind it are known; false where there are none.
  bool Look(size_t block) {
    if (block + 2 > blocks_) return false;
    if (block + 2 > first_block_ + marks_.size()) first_block_ = known_ = block;
    for (; known_ < block + 2; ++known_) {
      marks_[known_ - first_block_] = MarksOf(text_ + known_ * kBlock, delimiter_, quote_);
    }
    return true;
  }

  // The marks of as many bytes as a block has, from `from` in a block on.
  Marks Window(size_t block, size_t from) const {
    const Marks& first = marks_[block - first_block_];
    const Marks& second = marks_[block + 1 - first_block_];
    const auto join = [from](uint64_t low, uint64_t high) {
      return (low >> from) | ((high << 1) << (kBlock - 1 - from));
    };
    return {join(first.delimiters, second.delimiters), join(first.stops, second.stops)};
  }

  bool EndAt(size_t stop, size_t delimiters) {
    const bool crlf = text_[stop] == '\r' && text_[stop + 1] == '\n';
    if (text_[stop] != '\n' && !crlf) return false;
    fields_ = delimiters + 1;
    begins_[fields_] = stop + 1;
    next_ = stop + (crlf ? 2 : 1);
    return true;
  }

  char delimiter_;
  char quote_;
  const char* text_ = nullptr;
  size_t blocks_ = 0;  // of the text, with kReadable bytes behind
  size_t next_ = 0;
  size_t first_block_ = 0;  // that marks_ begins with
  size_t known_ = 0;        // the block behind the last that marks_ holds
  std::array<Marks, 32> marks_;
  size_t fields_ = 0;
  // Field i begins at begins_[i] and ends, with its delimiter or the line end, before begins_[i +
  // 1]. A block may add to a full row before it is seen that there are too many.
  std::array<size_t, kMostFields + kBlock + 1> begins_ = {};
};

}  // namespace ringfence
