#include "tests/property/reference/reference_detector.h"

namespace ringfence::reference {
namespace {

uint32_t ThresholdOf(const FrequencyRule& rule, const SubjectDirectory* directory,
                     CallingNumber number) {
  const auto* member = directory == nullptr ? nullptr : directory->Find(number);
  if (member == nullptr) return rule.threshold;
  const LedgerThresholds& by = rule.ledger_thresholds;
  const SubjectDirectory::LineTraits& traits = directory->traits(member->line);
  const std::string& customer = directory->customers()[member->customer].name;
  if (by.by_customer.contains(customer)) return by.by_customer.at(customer);
  if (by.by_industry.contains(traits.industry)) return by.by_industry.at(traits.industry);
  if (by.by_class.contains(traits.line_class)) return by.by_class.at(traits.line_class);
  return rule.threshold;
}

}  // namespace

void Detector::Consume(const std::vector<Cdr>& batch, std::vector<Detection>& detections,
                       std::vector<size_t>& late) {
  for (size_t i = 0; i < batch.size(); ++i) {
    const Cdr& cdr = batch[i];
    if (newest_ && *newest_ - cdr.setup > options_.lateness) {
      late.push_back(i);
      continue;
    }
    newest_ = newest_ ? std::max(*newest_, cdr.setup) : cdr.setup;
    for (size_t rule = 0; rule < RuleCount(); ++rule) Judge(rule, cdr, detections);
  }
}

void Detector::Judge(size_t index, const Cdr& cdr, std::vector<Detection>& detections) {
  const FrequencyRule& rule = options_.rules[index];
  Subject subject{rule.subject, {}, {}};
  uint32_t limit = rule.threshold;
  if (rule.subject == SubjectKind::kNumber) {
    subject.number = cdr.calling;
    limit = ThresholdOf(rule, directory_.get(), cdr.calling);
  } else {
    const auto* member = directory_ == nullptr ? nullptr : directory_->Find(cdr.calling);
    if (member == nullptr) return;
    const SubjectDirectory::Group& group = rule.subject == SubjectKind::kLine
                                               ? directory_->lines()[member->line]
                                               : directory_->customers()[member->customer];
    if (!group.daily_limit) return;
    subject.name = group.name;
    limit = *group.daily_limit;
  }
  const size_t before = detections.size();
  const Frame frame{rule, options_.lateness, options_.day_offset, limit,
                    WarningThreshold(limit, rule.warning_percent)};
  State& state = states_[index][subject];
  if (state.Expire(frame, *newest_)) state = State();
  state.Consume(frame, cdr, detections);
  for (size_t i = before; i < detections.size(); ++i) detections[i].subject = subject;
}

}  // namespace ringfence::reference
