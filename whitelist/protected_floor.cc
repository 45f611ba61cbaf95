#include "whitelist/protected_floor.h"

#include <algorithm>
#include <array>
#include <string>

namespace ringfence {
namespace {

constexpr std::array kFloor = std::to_array<FloorNumber>({
    {"10000", "China Telecom customer service"},
    {"10001", "China Telecom service"},
    {"10010", "China Unicom customer service"},
    {"10015", "China Unicom complaints"},
    {"10016", "China Unicom service"},
    {"10050", "China Tietong customer service"},
    {"10060", "China Netcom customer service"},
    {"10080", "China Mobile complaints"},
    {"10086", "China Mobile customer service"},
    {"10099", "China Broadnet customer service"},
    {"110", "police", true},
    {"11185", "postal service"},
    {"112", "emergency call of mobile networks", true},
    {"114", "directory enquiries"},
    {"116114", "directory enquiries"},
    {"118114", "directory enquiries"},
    {"119", "fire brigade", true},
    {"120", "ambulance", true},
    {"12110", "police by text message", true},
    {"12117", "time announcement"},
    {"12119", "forest fire alarm", true},
    {"12121", "weather forecast"},
    {"12122", "motorway rescue", true},
    {"12123", "traffic police service"},
    {"122", "traffic accidents", true},
    {"12300", "telecom user complaints"},
    {"12301", "tourism service"},
    {"12305", "postal complaints"},
    {"12306", "railway service"},
    {"12309", "procuratorate"},
    {"12315", "consumer complaints"},
    {"12316", "agriculture service"},
    {"12317", "poverty relief"},
    {"12318", "culture market complaints"},
    {"12319", "city services"},
    {"12320", "public health"},
    {"12321", "reports of nuisance calls and spam"},
    {"12322", "earthquake service"},
    {"12323", "drug control"},
    {"12328", "transport service"},
    {"12329", "housing fund"},
    {"12331", "food and drug complaints"},
    {"12333", "labour and social security"},
    {"12335", "commerce service"},
    {"12336", "land and resources"},
    {"12338", "women's rights"},
    {"12339", "state security reports"},
    {"12340", "public opinion survey"},
    {"12345", "government service"},
    {"12348", "legal aid"},
    {"12350", "work safety reports"},
    {"12351", "trade union"},
    {"12355", "youth service"},
    {"12356", "mental health"},
    {"12358", "price complaints"},
    {"12360", "customs"},
    {"12361", "maritime administration"},
    {"12363", "financial consumer protection"},
    {"12366", "tax service"},
    {"12367", "immigration service"},
    {"12368", "courts"},
    {"12369", "environment complaints"},
    {"12371", "party members' service"},
    {"12377", "reports of illegal internet content"},
    {"12378", "insurance consumer complaints"},
    {"12379", "disaster warnings"},
    {"12380", "organisation department reports"},
    {"12381", "fraud warnings"},
    {"12385", "service for people with disabilities"},
    {"12386", "securities investors"},
    {"12388", "discipline inspection reports"},
    {"12389", "complaints about the police"},
    {"12393", "medical insurance"},
    {"12395", "rescue at sea", true},
    {"12396", "science and technology service"},
    {"12398", "energy complaints"},
    {"95110", "coast guard", true},
    {"96110", "police anti-fraud centre"},
    {"999", "Red Cross ambulance", true},
});

constexpr bool Before(const FloorNumber& a, const FloorNumber& b) { return a.code < b.code; }
static_assert(std::is_sorted(kFloor.begin(), kFloor.end(), Before), "FindCode searches by halves");
static_assert(std::adjacent_find(kFloor.begin(), kFloor.end(), [](const auto& a, const auto& b) {
                return a.code == b.code;
              }) == kFloor.end());

const FloorNumber* FindCode(std::string_view code) {
  const auto found = std::lower_bound(kFloor.begin(), kFloor.end(), FloorNumber{code, {}}, Before);
  return found != kFloor.end() && found->code == code ? &*found : nullptr;
}

// Area codes of mainland China, without the trunk 0: 10, 20 to 29, and three digits from 300.
size_t AreaCodeLength(std::string_view national) {
  if (national.starts_with("10") || national.starts_with('2')) return 2;
  return national.front() >= '3' ? 3 : 0;
}

}  // namespace

absl::Span<const FloorNumber> ProtectedFloor() { return kFloor; }

const FloorNumber* FindOnFloor(PhoneNumber number) {
  const std::string digits = number.Digits();
  if (number.is_short_code()) return FindCode(digits);
  constexpr std::string_view kChina = "86";
  std::string_view national = digits;
  if (!national.starts_with(kChina)) return nullptr;
  national.remove_prefix(kChina.size());
  if (national.empty()) return nullptr;
  if (const FloorNumber* found = FindCode(national)) return found;
  const size_t area = AreaCodeLength(national);
  return area == 0 || area >= national.size() ? nullptr : FindCode(national.substr(area));
}

bool IsEmergency(CalledNumber number) {
  const FloorNumber* found = FindOnFloor(number.number());
  return found != nullptr && found->emergency;
}

}  // namespace ringfence
