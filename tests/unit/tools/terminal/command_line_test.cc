#include "tools/terminal/command_line.h"

#include <gtest/gtest.h>

#include <sstream>

namespace ringfence::cli {
namespace {

struct Given {
  std::string name = "nobody";
  std::vector<std::string> files;
  uint32_t limit = 7;
  uint64_t rows = 0;
  double share = 0;
  bool force = false;
};

absl::Status Refuse(const Given&, Context&) { return absl::NotFoundError("nothing there"); }

absl::Status NoDigits(const std::string& value) {
  if (value.find_first_of("0123456789") == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError("has a digit");
}

class CommandLine : public testing::Test {
 protected:
  // The exit code; what was printed is in out_ and err_.
  int Run(std::vector<const char*> words) {
    words.insert(words.begin(), "tool");
    Context context{
        .out = out_, .err = err_, .now = {}, .steady_now = {}, .random = {}, .interrupted = {}};
    return program_.Run(static_cast<int>(words.size()), words.data(), context);
  }

  // A command that prints the name it was given and ends with 5.
  Command AddSay() {
    Command say = program_.command().AddCommand("say", "Say a name");
    say.Runs([given = given_](Context& context) {
      context.out << given->name;
      return 5;
    });
    return say;
  }

  std::ostringstream out_;
  std::ostringstream err_;
  std::shared_ptr<Given> given_ = std::make_shared<Given>();
  Program program_{"tool", "A tool for tests.", "tool 1.2"};
};

TEST_F(CommandLine, RunsTheCommandThatIsNamedAndReturnsItsExitCode) {
  AddSay().AddOption("NAME", given_->name, "Whose");
  EXPECT_EQ(Run({"say", "ann"}), 5);
  EXPECT_EQ(out_.str(), "ann");
}

TEST_F(CommandLine, AnOptionThatMayBeGivenAgainTakesOneValueEachTime) {
  Command say = AddSay();
  std::vector<std::string> names;
  say.AddOption("--also", names, "Whom else");
  say.AddOption("FILE", given_->files, "What");
  EXPECT_EQ(Run({"say", "--also", "bob", "--also", "cid", "a.csv"}), 5);
  EXPECT_EQ(names, (std::vector<std::string>{"bob", "cid"}));
  EXPECT_EQ(given_->files, std::vector<std::string>{"a.csv"});
}

TEST_F(CommandLine, WhatItsValuesCannotBeTogetherIsAUsageErrorBeforeTheCommandRuns) {
  Command say = AddSay();
  say.AddOption("NAME", given_->name, "Whose");
  say.AddOption("--limit", given_->limit, "At most");
  say.Checks([given = given_](Context&) {
    if (given->name.size() <= given->limit) return absl::OkStatus();
    return absl::InvalidArgumentError("NAME is longer than --limit");
  });
  EXPECT_EQ(Run({"say", "ann", "--limit", "2"}), kUsage);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find("NAME is longer than --limit"), std::string::npos);
  EXPECT_EQ(Run({"say", "ann", "--limit", "3"}), 5);
}

TEST_F(CommandLine, StatusOfACommandBecomesMessageAndExitCode) {
  program_.command().AddCommand("go", "Fail").Runs(given_, Refuse);
  EXPECT_EQ(Run({"go"}), kFailed);
  EXPECT_EQ(err_.str(), "ringfence: nothing there\n");
}

TEST_F(CommandLine, ReadsEveryTypeOfValue) {
  Command say = AddSay();
  say.AddOption("FILE", given_->files, "Files");
  say.AddOption("--limit", given_->limit, "At most");
  say.AddOption("--rows", given_->rows, "Rows");
  say.AddOption("--share", given_->share, "Share");
  say.AddFlag("--force", given_->force, "Force");
  EXPECT_EQ(Run({"say", "a", "--limit", "3", "--rows", "18446744073709551615", "--share=0.25",
                 "--force", "b"}),
            5);
  EXPECT_EQ(given_->files, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(given_->limit, 3u);
  EXPECT_EQ(given_->rows, UINT64_MAX);
  EXPECT_EQ(given_->share, 0.25);
  EXPECT_TRUE(given_->force);
}

TEST_F(CommandLine, NegativeOrTooLargeNumberIsAUsageError) {
  AddSay().AddOption("--limit", given_->limit, "At most");
  EXPECT_EQ(Run({"say", "--limit", "-1"}), kUsage);
  EXPECT_EQ(Run({"say", "--limit", "4294967296"}), kUsage);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CommandLine, MissingRequiredOptionIsAUsageErrorThatNamesIt) {
  AddSay().AddOption("--name", given_->name, "Whose").Required();
  EXPECT_EQ(Run({"say"}), kUsage);
  EXPECT_EQ(err_.str(), "--name is required\nRun with --help for more information.\n");
}

TEST_F(CommandLine, BoundsAreIncluded) {
  AddSay().AddOption("--limit", given_->limit, "At most").Between(2, 4);
  EXPECT_EQ(Run({"say", "--limit", "2"}), 5);
  EXPECT_EQ(Run({"say", "--limit", "4"}), 5);
  EXPECT_EQ(Run({"say", "--limit", "1"}), kUsage);
  EXPECT_EQ(Run({"say", "--limit", "5"}), kUsage);
}

TEST_F(CommandLine, OnlyTheListedValuesPass) {
  AddSay().AddOption("--name", given_->name, "Whose").OneOf({"ann", "bob"});
  EXPECT_EQ(Run({"say", "--name", "bob"}), 5);
  EXPECT_EQ(Run({"say", "--name", "eve"}), kUsage);
}

TEST_F(CommandLine, CheckTellsWhyAValueIsRefused) {
  AddSay().AddOption("--name", given_->name, "Whose").Check(NoDigits);
  EXPECT_EQ(Run({"say", "--name", "ann"}), 5);
  EXPECT_EQ(Run({"say", "--name", "ann2"}), kUsage);
  EXPECT_EQ(err_.str(), "--name: has a digit\nRun with --help for more information.\n");
}

TEST_F(CommandLine, NeededOptionMustStandBeside) {
  Command say = AddSay();
  const Option limit = say.AddOption("--limit", given_->limit, "At most");
  say.AddOption("--name", given_->name, "Whose").Needs(limit);
  EXPECT_EQ(Run({"say", "--name", "ann"}), kUsage);
  EXPECT_EQ(Run({"say", "--name", "ann", "--limit", "1"}), 5);
}

TEST_F(CommandLine, ExcludedOptionMustNotStandBeside) {
  Command say = AddSay();
  const Option limit = say.AddOption("--limit", given_->limit, "At most");
  say.AddOption("--name", given_->name, "Whose").Excludes(limit);
  EXPECT_EQ(Run({"say", "--name", "ann"}), 5);
  EXPECT_EQ(Run({"say", "--name", "ann", "--limit", "1"}), kUsage);
}

TEST_F(CommandLine, OptionKnowsWhetherItWasGiven) {
  const Option name = AddSay().AddOption("--name", given_->name, "Whose");
  EXPECT_EQ(Run({"say"}), 5);
  EXPECT_FALSE(name.given());
  EXPECT_EQ(Run({"say", "--name", "nobody"}), 5);
  EXPECT_TRUE(name.given());
}

TEST_F(CommandLine, UnknownCommandIsNamedWithThoseThatExist) {
  Command list = program_.command().AddCommand("list", "Lists");
  list.AddCommand("show", "Show one");
  list.AddCommand("drop", "Drop one");
  EXPECT_EQ(Run({"list", "bogus"}), kUsage);
  EXPECT_EQ(err_.str(),
            "'bogus' is no subcommand of 'tool list'; there are: show drop\n"
            "Run with --help for more information.\n");
}

TEST_F(CommandLine, MissingCommandIsAUsageError) {
  AddSay();
  EXPECT_EQ(Run({}), kUsage);
  EXPECT_EQ(err_.str(), "A subcommand is required\nRun with --help for more information.\n");
}

TEST_F(CommandLine, UnknownOptionIsAUsageErrorAndNothingRuns) {
  AddSay();
  EXPECT_EQ(Run({"say", "--bogus"}), kUsage);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CommandLine, VersionIsPrintedAndDone) {
  EXPECT_EQ(Run({"--version"}), kDone);
  EXPECT_EQ(out_.str(), "tool 1.2\n");
}

TEST_F(CommandLine, HelpShowsDefaultsUnlessTheyAreEmptyOrHidden) {
  Command say = AddSay();
  given_->name.clear();
  say.AddOption("--name", given_->name, "Whose");
  say.AddOption("--limit", given_->limit, "At most");
  say.AddOption("--rows", given_->rows, "Rows").HideDefault();
  EXPECT_EQ(Run({"say", "--help"}), kDone);
  EXPECT_NE(out_.str().find("--name TEXT "), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("--limit UINT=7 "), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("--rows UINT "), std::string::npos) << out_.str();
}

TEST_F(CommandLine, FootersStandInTheirOrderAndReachCommandsAddedLater) {
  Command list = program_.command().AddCommand("list", "Lists");
  list.AddFooter("First.");
  Command show = list.AddCommand("show", "Show one");
  show.AddFooter("Second.");
  EXPECT_EQ(Run({"list", "show", "--help"}), kDone);
  EXPECT_TRUE(out_.str().ends_with("\nFirst.\n\nSecond.\n")) << out_.str();
}

TEST_F(CommandLine, CommandTellsItsPathItsCommandsAndItsOptions) {
  Command list = program_.command().AddCommand("list", "Lists");
  Command show = list.AddCommand("show", "Show one");
  show.AddOption("ID", given_->name, "Which");
  show.AddFlag("--force", given_->force, "Force");
  EXPECT_EQ(show.path(), "tool list show");
  ASSERT_EQ(list.commands().size(), 1u);
  EXPECT_EQ(list.commands().front().name(), "show");
  EXPECT_EQ(show.option_names(), (std::vector<std::string>{"--help", "--force"}));
}

}  // namespace
}  // namespace ringfence::cli
