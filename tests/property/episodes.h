// Episodes of many subjects, found and expected: what must be the same when records come out of
// order.
#pragma once

#include <rapidcheck.h>

#include <set>

namespace ringfence {

// Events are a map from a subject to a vector of its transitions, in the order in which they came.
template <typename Events>
std::set<typename Events::key_type> SubjectsOf(const Events& events) {
  std::set<typename Events::key_type> subjects;
  for (const auto& [subject, list] : events) subjects.insert(subject);
  return subjects;
}

template <typename Events>
std::set<typename Events::key_type> OpenInTheEnd(const Events& events) {
  std::set<typename Events::key_type> subjects;
  for (const auto& [subject, list] : events) {
    if (list.back().opened) subjects.insert(subject);
  }
  return subjects;
}

// The same subjects; what is open in the end is open in truth; openings and closings alternate, an
// opening first. Calls show() if the subjects are others.
template <typename Events, typename Show>
void CheckOutOfOrder(const Events& found, const Events& expected, const Show& show) {
  const bool same =
      SubjectsOf(found) == SubjectsOf(expected) && OpenInTheEnd(found) == OpenInTheEnd(expected);
  if (!same) show();
  RC_ASSERT(SubjectsOf(found) == SubjectsOf(expected));
  RC_ASSERT(OpenInTheEnd(found) == OpenInTheEnd(expected));
  for (const auto& [subject, list] : found) {
    bool open = false;
    for (const auto& event : list) {
      RC_ASSERT(event.opened != open);
      open = event.opened;
    }
  }
}

}  // namespace ringfence
