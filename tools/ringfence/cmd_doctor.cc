// `ringfence doctor`: is everything reachable and consistent, and what to do where it is not.
#include <algorithm>
#include <memory>
#include <ostream>

#include "ingest/json/json_text.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/doctor.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/service_access.h"

namespace ringfence {
namespace {

struct DoctorOptions {
  ServiceOptions service;
  std::string output;
};

const char* LevelName(Diagnosis::Level level) {
  switch (level) {
    case Diagnosis::Level::kOk:
      return "OK";
    case Diagnosis::Level::kWarn:
      return "WARN";
    case Diagnosis::Level::kFail:
      break;
  }
  return "FAIL";
}

void PrintTable(const std::vector<Diagnosis>& findings, Context& context) {
  // Sentences are wanted whole: no table that cuts them.
  size_t width = 0;
  for (const Diagnosis& finding : findings) width = std::max(width, finding.check.size());
  for (const Diagnosis& finding : findings) {
    const std::string level = LevelName(finding.level);
    context.out << level << std::string(6 - level.size(), ' ') << finding.check
                << std::string(width + 2 - finding.check.size(), ' ') << finding.finding << "\n";
    if (finding.advice.empty()) continue;
    context.out << std::string(width + 8, ' ') << "-> " << finding.advice << "\n";
  }
}

void PrintJson(const std::vector<Diagnosis>& findings, Context& context) {
  for (const Diagnosis& finding : findings) {
    context.out << JsonObject{{"level", LevelName(finding.level)},
                              {"check", finding.check},
                              {"finding", finding.finding},
                              {"advice", finding.advice}}
                << "\n";
  }
}

int RunDoctor(const DoctorOptions& options, Context& context) {
  auto config = LoadServiceConfig(options.service);
  if (!config.ok()) {
    Report(config.status(), context);
    return kBadConfiguration;
  }
  Patient patient(*std::move(config), context.now());
  CheckFolder(patient);
  CheckStore(patient);
  CheckLists(patient);
  CheckService(patient);
  CheckRedis(patient);
  CheckKeys(patient);
  CheckDeliveries(patient);
  CheckFiles(patient);
  CheckWork(patient);
  if (ChooseOutput(options.output, context) == OutputFormat::kTable) {
    PrintTable(patient.findings, context);
  } else {
    PrintJson(patient.findings, context);
  }
  const bool failed = std::any_of(
      patient.findings.begin(), patient.findings.end(),
      [](const Diagnosis& finding) { return finding.level == Diagnosis::Level::kFail; });
  return failed ? kFailed : kDone;
}

}  // namespace

void AddDoctorCommand(cli::Command program) {
  auto options = std::make_shared<DoctorOptions>();
  cli::Command command =
      program.AddCommand("doctor", "Is everything reachable and consistent? Changes nothing");
  command.AddFooter(
      "Examples:\n"
      "  ringfence doctor --config ringfence.toml\n"
      "  ringfence doctor --data /var/lib/ringfence\n"
      "The exit code is 0 when nothing FAILs, 1 otherwise.");
  AddServiceOptions(command, options->service);
  AddOutputOption(command, options->output);
  command.Runs(options, RunDoctor);
}

}  // namespace ringfence
