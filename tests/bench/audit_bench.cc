// What it costs that every change is sealed into the chain of hashes.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "ingest/model/status_macros.h"
#include "whitelist/store/audit_chain.h"
#include "whitelist/store/database.h"

namespace ringfence {
namespace {

constexpr HistoryTable kChange{"change", "at, actor, subject, old_state, new_state, reason"};
constexpr int kRowsToVerify = 10'000;

// A store with one table of history, as wide as those of actions.
class Store {
 public:
  Store() {
    std::string pattern = std::filesystem::temp_directory_path() / "rf-audit-bench-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    database_ = Database::Open(folder_ + "/store.db").value();
    Must(database_->Execute(
        "CREATE TABLE change(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, "
        "actor TEXT, subject TEXT, old_state TEXT, new_state TEXT, reason TEXT)"));
    Must(CoverHistory(*database_, kChange));
  }
  ~Store() {
    database_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  // One transaction.
  void Change(int64_t rows, bool sealed) {
    Must(database_->Transaction([&]() -> absl::Status {
      for (int64_t i = 0; i < rows; ++i) {
        RF_ASSIGN_OR_RETURN(Statement insert, database_->Prepare(kInsert));
        RF_RETURN_IF_ERROR(insert.Bind(1, i).Run());
        if (sealed) RF_RETURN_IF_ERROR(SealNewest(*database_, kChange));
      }
      return absl::OkStatus();
    }));
  }
  Database& database() { return *database_; }

 private:
  static constexpr char kInsert[] =
      "INSERT INTO change(at, actor, subject, old_state, new_state, reason) VALUES(?, 'machine', "
      "'0123456789abcdef0123456789abcdef', 'authorised', 'dispatched', 'line-frequency')";

  static void Must(const absl::Status& status) {
    if (!status.ok()) std::abort();
  }

  std::string folder_;
  std::unique_ptr<Database> database_;
};

void Changes(benchmark::State& state, bool sealed) {
  Store store;
  for (auto _ : state) store.Change(state.range(0), sealed);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void BM_Change(benchmark::State& state) { Changes(state, false); }
void BM_ChangeSealed(benchmark::State& state) { Changes(state, true); }
BENCHMARK(BM_Change)->Arg(1)->Arg(100)->UseRealTime();
BENCHMARK(BM_ChangeSealed)->Arg(1)->Arg(100)->UseRealTime();

void BM_VerifyChain(benchmark::State& state) {
  Store store;
  store.Change(kRowsToVerify, true);
  for (auto _ : state) {
    const auto head = VerifyChain(store.database(), std::nullopt);
    if (!head.ok() || head->entries <= kRowsToVerify) state.SkipWithError("the chain is broken");
  }
  state.SetItemsProcessed(state.iterations() * kRowsToVerify);
}
BENCHMARK(BM_VerifyChain);

}  // namespace
}  // namespace ringfence
