// One per process, shared by all sockets.
#pragma once

namespace ringfence {

// Owns libzmq's context and its I/O thread. Destroy it after every socket made with it.
// Thread-safe.
class ZmqContext {
 public:
  ZmqContext();
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;

  void* handle() const { return handle_; }

 private:
  void* handle_;
};

}  // namespace ringfence
