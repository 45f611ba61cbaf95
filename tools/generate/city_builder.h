// Puts the city's inhabitants, lines and approvals together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/generate/city.h"
#include "tools/generate/rng.h"

namespace ringfence::generate {

inline constexpr uint32_t kFewestSubscribers = 100;
inline constexpr uint32_t kMostSubscribers = 20'000'000;

// Used once: CityBuilder(City(options)).Build().
class CityBuilder {
 public:
  explicit CityBuilder(City city);
  absl::StatusOr<City> Build() &&;

 private:
  struct LineSpec {
    std::string_view customer;  // name; a number is added where it occurs again
    std::string_view purpose;
    std::string_view industry;
    std::string_view line_class = "ordinary";
    std::string_view hours = "08:00-21:00";
    uint32_t trunk_count = 1;
  };

  // How many of each there are grows with the ordinary subscribers.
  uint32_t EstimateSubscribers() const;
  void AddTrunks();
  void AddProtectedLines(uint32_t subscribers);
  void AddApprovedLines(uint32_t subscribers);
  void AddTelemarketers(uint32_t subscribers);
  void AddQuietNuisance(uint32_t subscribers);
  void AddForeign(uint32_t subscribers);
  void AddCouriers(uint32_t subscribers);
  void AddOffices(uint32_t subscribers);
  void AddBomb();
  absl::Status AddSubscribers();

  Line& StartLine(const LineSpec& spec);
  Caller& AddLandline(Role role, Industry industry, uint32_t low, uint32_t high);
  Caller& AddMobile(Role role, Industry industry, uint32_t low, uint32_t high);
  Caller& AddCaller(PhoneNumber number, Role role, Industry industry, uint32_t low, uint32_t high);
  void Approve(std::string_view reason, std::string_view evidence, bool expired);
  // Ends a line whose numbers have been added.
  void SetLimit(uint32_t daily_limit) { city_.lines_.back().daily_limit = daily_limit; }
  uint64_t CallsOf(uint32_t caller) const;  // in the whole run

  City city_;
  Rng rng_;
  uint32_t landlines_ = 0;
  uint32_t other_carrier_ = 0;
  uint32_t abroad_ = 0;
  bool on_line_ = false;  // new callers belong to the last line
};

}  // namespace ringfence::generate
