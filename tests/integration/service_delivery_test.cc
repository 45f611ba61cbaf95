// The service with line provisioning as a receiver that is dead, or the only one that is not.
#include "tests/integration/receiver_double.h"
#include "tests/integration/service_fixture.h"

namespace ringfence {
namespace {

class ServiceDelivery : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    config_.delivery_zmq = endpoint();
    config_.delivery_timeout = std::chrono::milliseconds(100);
    WriteNuisanceCalls();
  }

  std::string endpoint() const { return "ipc://" + directory_.path() + "/zmq"; }
  void StartReceiver() { receiver_ = std::make_unique<ZmqDouble>(book_, endpoint()); }

  // As another process does it.
  void ReverseByPerson(CallingNumber number) {
    auto store = Lists();
    ActionJournal journal = ActionJournal::Open(*store.database).value();
    const auto freed = journal.FreeByPerson(number, "li", "", now_);
    ASSERT_TRUE(freed.ok()) << freed.status();
    ASSERT_EQ(freed->size(), 1u);
  }

  EffectBook book_;
  std::unique_ptr<ZmqDouble> receiver_;
};

TEST_F(ServiceDelivery, ADeadReceiverStallsNothingAndConfirmsWhenItIsBack) {
  const absl::Status status =
      Serve({Until(kHospital, "reported"), Do([this] {
               EXPECT_EQ(StateOf(kLine), "dispatched");
               EXPECT_EQ(SwitchSees(kLine), "suspended");
               EXPECT_EQ(SwitchSees(kForeign), "blocked");
               StartReceiver();
             }),
             LetTimePass(), Until(kLine, "confirmed"), Until(kForeign, "confirmed")});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(book_.Stopped(kLine.ToString()));
  EXPECT_FALSE(book_.Stopped(kHospital.ToString()));
  EXPECT_EQ(account_.accepted, written_);
}

TEST_F(ServiceDelivery, ARestorationReachesProvisioningWhileRedisIsDown) {
  StartReceiver();
  const absl::Status status = Serve({LetTimePass(), Until(kLine, "confirmed"), Do([this] {
                                       redis_.reset();
                                       ReverseByPerson(kLine);
                                     }),
                                     [this] { return !book_.Stopped(kLine.ToString()); }});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(StateOf(kLine), "restoring");  // the switch's table is still to be told
}

TEST_F(ServiceDelivery, AnAddressThatOthersReachNeedsKeys) {
  config_.delivery_zmq = "tcp://10.0.0.5:7800";
  const absl::Status status = Serve({Do([] {})});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("delivery.zmq"), absl::string_view::npos);
}

}  // namespace
}  // namespace ringfence
