// The running service while its disk has no room for another segment of the journal: people are
// told, senders wait, and all goes on when there is room.
#include <fcntl.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "ingest/client/sender.h"
#include "ingest/transport/zmq_context.h"
#include "tests/integration/service_fixture.h"

namespace {
std::atomic<bool> disk_is_full = false;
}  // namespace

// In this program, the one of the system's library: what reserves a segment's room.
extern "C" int fallocate(int file, int mode, off_t offset, off_t length) {
  if (!disk_is_full) return static_cast<int>(syscall(SYS_fallocate, file, mode, offset, length));
  errno = ENOSPC;
  return -1;
}

namespace ringfence {
namespace {

class ServiceRoom : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    config_.files.clear();
    config_.listen = "ipc://" + directory_.path() + "/in";
    config_.journal_segment_mib = 1;
    sender_ = Sender::Create(context_, {.endpoint = config_.listen,
                                        .source = "msc-01",
                                        .clock = std::chrono::steady_clock::now})
                  .value();
  }

  // As Serve(), but in real time: the acceptor's thread looks at the clocks, too.
  absl::Status ServeInRealTime(std::vector<Step> steps) {
    size_t step = 0;
    int rounds = 0;
    ServiceWorld world{
        .now =
            [] { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); },
        .steady_now = std::chrono::steady_clock::now,
        .stop =
            [&] {
              if (step < steps.size() && steps[step]()) ++step;
              if (++rounds > kMostRounds) ADD_FAILURE() << "step " << step << " never ended";
              return step == steps.size() || HasFailure();
            },
        .log = std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)),
        .pid = 1,
        .random = 42};
    auto service = Service::Start(config_, std::move(world));
    if (!service.ok()) return service.status();
    return (*service)->Run(false);
  }

  Step Opened() {
    FormatSpec format;
    format.format = "canonical";
    format.header = "record_id,calling,called,setup_time";
    EXPECT_TRUE(sender_->BeginOpen("live", 1, format).ok());
    return [this] {
      EXPECT_TRUE(sender_->Poll().ok());
      return sender_->opened();
    };
  }

  // More than two segments hold.
  void SendAll() {
    const std::string time =
        FormatTime(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()),
                   absl::UTCTimeZone());
    for (uint64_t batch = 0; batch < kBatches; ++batch) {
      std::string records;
      for (uint64_t i = 0; i < kOfABatch; ++i) {
        absl::StrAppend(&records, batch, "-", i, ",", kOrdinary.ToString(), ",+866315550999,", time,
                        "\n");
      }
      ASSERT_TRUE(sender_->Send(records, kOfABatch, 0).ok());
    }
  }

  Step Said(std::string words) {
    return [this, words = std::move(words)] {
      EXPECT_TRUE(sender_->Poll().ok());
      return log_.str().find(words) != std::string::npos;
    };
  }
  Step AllAcknowledged() {
    return [this] {
      EXPECT_TRUE(sender_->Poll().ok());
      return sender_->acked() == kBatches * kOfABatch;
    };
  }

  static constexpr int kMostRounds = 10 * kMaxRounds;  // of 50 ms, where nothing comes
  static constexpr uint64_t kBatches = 10;
  static constexpr uint32_t kOfABatch = 4'000;

  std::ostringstream log_;
  ZmqContext context_;
  std::unique_ptr<Sender> sender_;
};

TEST_F(ServiceRoom, JournalWithoutRoomIsSaidAndSoIsThatItHasRoomAgain) {
  const absl::Status status =
      ServeInRealTime({Opened(), Do([] { disk_is_full = true; }), Do([this] { SendAll(); }),
                       Said("no room for the journal: senders wait"), Do([this] {
                         EXPECT_LT(sender_->acked(), kBatches * kOfABatch);
                         disk_is_full = false;
                       }),
                       Said("the journal has room again"), AllAcknowledged()});
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace ringfence
