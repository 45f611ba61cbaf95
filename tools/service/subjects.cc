#include "tools/service/subjects.h"

#include <string>

namespace ringfence {

std::shared_ptr<const SubjectDirectory> BuildDirectory(const Lists& lists) {
  auto directory = std::make_shared<SubjectDirectory>();
  for (const VoiceLine& line : lists.lines()) {
    directory->AddLine(line.id, line.customer, line.daily_limit,
                       {std::string(LineClassName(line.line_class)), line.industry});
    for (const CallingNumber number : line.numbers) directory->AddNumber(line.id, number);
  }
  return directory;
}

std::vector<LedgerNumber> LedgerNumbers(const Lists& lists) {
  std::vector<LedgerNumber> numbers;
  for (const VoiceLine& line : lists.lines()) {
    for (const CallingNumber number : line.numbers) {
      numbers.push_back({.number = number, .line = line.id, .status = line.status});
    }
  }
  return numbers;
}

}  // namespace ringfence
