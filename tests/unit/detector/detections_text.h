// Detections as text, every field of them, to compare and to read.
#pragma once

#include <string>
#include <vector>

#include "detector/model/detection.h"

namespace ringfence {

inline std::string Print(const CallFeatures& f) {
  std::string text;
  const auto add = [&text](auto number) { text += " " + std::to_string(number); };
  if (f.day) {
    text += " day";
    for (const uint32_t part : {f.day->answered, f.day->brief, f.day->talk_seconds}) add(part);
  }
  text += " since";
  add(ToUnixMicros(f.since));
  for (const uint32_t part : {f.calls, f.answered, f.brief, f.distinct_called, f.sequential}) {
    add(part);
  }
  add(f.talk_seconds);
  add(ToUnixMicros(f.first_hour));
  for (const uint32_t calls : f.calls_by_hour) add(calls);
  return text;
}

inline std::string Print(const std::vector<Detection>& detections) {
  std::string text;
  for (const Detection& d : detections) {
    text += d.rule.value() + "/" + std::to_string(d.rule_version) + " " + SubjectText(d.subject) +
            (d.level == Level::kAlert ? " alert" : " warning") +
            (d.transition == Transition::kOpened ? " + " : " - ") + std::to_string(d.count) + "/" +
            std::to_string(d.threshold) + " in " + std::to_string(d.window.count()) + " " +
            std::to_string(ToUnixMicros(d.at)) + " " + std::to_string(ToUnixMicros(d.first_call)) +
            " " + std::to_string(d.day_count) + " " + d.number.ToString();
    for (const RecordId& id : d.samples) text += " " + id.value();
    if (d.features) text += " features" + Print(*d.features);
    if (d.flood) {
      text += " calls " + std::to_string(d.flood->calls) + " callers " +
              std::to_string(d.flood->callers);
      for (const auto& [number, calls] : d.flood->top) {
        text += " " + number.ToString() + "*" + std::to_string(calls);
      }
    }
    text += "\n";
  }
  return text;
}

}  // namespace ringfence
