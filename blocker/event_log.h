// Everything that happened to actions and work orders, in one order, waiting to be published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/event_time.h"
#include "whitelist/store/database.h"

namespace ringfence {

// One line of the feed. `body` is a JSON object with the keys of docs/work-orders.md.
struct Event {
  int64_t seq = 0;  // 1, 2, …: strictly rising, gaps are possible
  std::string body;
};

// Where published events go.
class ActionFeed {
 public:
  virtual ~ActionFeed() = default;
  // Durable when it returns OK: all of them, in order. After an error some may have been written;
  // the same events come again later with the same seq.
  virtual absl::Status Append(absl::Span<const Event> events) = 0;
};

// The outbox: events are written in the transaction of what they tell, and published afterwards, at
// least once. Not thread-safe.
class EventLog {
 public:
  // Makes the tables if need be; `database` must outlive this.
  static absl::StatusOr<EventLog> Open(Database& database);
  // For a database that was opened read-only. NotFound when the tables are not there yet.
  static absl::StatusOr<EventLog> OpenExisting(Database& database);

  // Adds an event; call inside the transaction of what it tells. `type` is "action", "order" or
  // "alarm"; `fields` is a JSON object, to which seq, type and time are added when published.
  absl::Status Add(EventTime time, std::string_view type, std::string_view fields);

  // An alarm: something that a person has to know now. `name` is short ("lists-unavailable"),
  // `text` a sentence.
  absl::Status AddAlarm(EventTime time, std::string_view name, std::string_view text);

  // Hands what is not published yet to the feed and remembers how far it got. At most 1,000 events
  // a call of Append.
  absl::Status Publish(ActionFeed& feed);

  // The last seq that the feed has; 0 before the first.
  absl::StatusOr<int64_t> Published();

  // Events after `seq`, at most `limit`.
  absl::StatusOr<std::vector<Event>> After(int64_t seq, int limit);

 private:
  explicit EventLog(Database& database) : database_(database) {}

  Database& database_;
};

}  // namespace ringfence
