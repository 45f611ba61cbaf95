#include "tests/property/reference/reference_detector.h"

#include <algorithm>

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
    std::vector<Judged> all;
    for (size_t rule = 0; rule < RuleCount(); ++rule) {
      if (auto judged = JudgedBy(rule, cdr)) all.push_back(*judged);
    }
    for (const Judged& judged : all) {
      State& state = states_[judged.rule][judged.subject];
      if (state.Expire(judged.frame, *newest_)) state = State();
    }
    if (options_.features) CountFeatures(all, cdr);
    for (const Judged& judged : all) {
      const size_t before = detections.size();
      states_[judged.rule][judged.subject].Consume(judged.frame, cdr, detections);
      for (size_t at = before; at < detections.size(); ++at) {
        detections[at].subject = judged.subject;
        if (!options_.features) continue;
        detections[at].features = features_[FeaturesKey(judged)].Describe(
            options_, RetentionOf(judged), detections[at].at, judged.frame.rule.window,
            judged.subject.kind == SubjectKind::kNumber);
      }
    }
  }
}

std::optional<Detector::Judged> Detector::JudgedBy(size_t index, const Cdr& cdr) const {
  const FrequencyRule& rule = options_.rules[index];
  Subject subject{rule.subject, {}, {}};
  uint32_t limit = rule.threshold;
  if (rule.subject == SubjectKind::kNumber) {
    subject.number = cdr.calling;
    limit = ThresholdOf(rule, directory_.get(), cdr.calling);
  } else {
    const auto* member = directory_ == nullptr ? nullptr : directory_->Find(cdr.calling);
    if (member == nullptr) return std::nullopt;
    const SubjectDirectory::Group& group = rule.subject == SubjectKind::kLine
                                               ? directory_->lines()[member->line]
                                               : directory_->customers()[member->customer];
    if (!group.daily_limit) return std::nullopt;
    subject.name = group.name;
    limit = *group.daily_limit;
  }
  return Judged{index, subject,
                Frame{rule, options_.lateness, options_.day_offset, limit,
                      WarningThreshold(limit, rule.warning_percent)}};
}

Detector::FeaturesOf Detector::FeaturesKey(const Judged& judged) const {
  const bool number = judged.subject.kind == SubjectKind::kNumber;
  return {number ? RuleId("numbers") : judged.frame.rule.id, judged.subject};
}

Duration Detector::RetentionOf(const Judged& judged) const {
  Duration longest = judged.frame.rule.window;
  for (const FrequencyRule& rule : options_.rules) {
    const bool shared =
        judged.subject.kind == SubjectKind::kNumber && rule.subject == SubjectKind::kNumber;
    if (shared) longest = std::max(longest, rule.window);
  }
  return longest + options_.lateness;
}

void Detector::CountFeatures(const std::vector<Judged>& all, const Cdr& cdr) {
  std::map<FeaturesOf, std::pair<Duration, bool>> half_way;
  for (const Judged& judged : all) {
    auto& [retention, is] = half_way[FeaturesKey(judged)];
    retention = RetentionOf(judged);
    is = is || states_[judged.rule][judged.subject].IsHalfWay(judged.frame, cdr.setup);
  }
  for (const auto& [key, found] : half_way) {
    features_[key].Count(found.first, *newest_, cdr, found.second);
  }
}

}  // namespace ringfence::reference
