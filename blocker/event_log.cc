#include "blocker/event_log.h"

#include "absl/strings/str_cat.h"
#include "blocker/event_json.h"
#include "blocker/time_words.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/store/audit_chain.h"

namespace ringfence {
namespace {

constexpr int kEventBatch = 1000;

constexpr std::string_view kEventTables = R"sql(
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    fields TEXT NOT NULL
  );
  CREATE TABLE event_position (id INTEGER PRIMARY KEY CHECK (id = 1), published INTEGER NOT NULL);
  INSERT INTO event_position (id, published) VALUES (1, 0);
)sql";

constexpr HistoryTable kEventHistory{"event", "at, type, fields"};

// {"seq":7,"type":"action","time":"…", and then what `fields` holds.
std::string Body(int64_t seq, std::string_view type, EventTime at, std::string_view fields) {
  return absl::StrCat("{\"seq\":", seq, ",\"type\":\"", ToAbsl(type), "\",\"time\":\"", UtcText(at),
                      "\",", ToAbsl(fields.substr(1)));
}

}  // namespace

absl::StatusOr<EventLog> EventLog::Open(Database& database) {
  RF_RETURN_IF_ERROR(database.Migrate("blocker.events", {kEventTables}));
  RF_RETURN_IF_ERROR(CoverHistory(database, kEventHistory));
  return EventLog(database);
}

absl::StatusOr<EventLog> EventLog::OpenExisting(Database& database) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
                       "name IN ('event', 'action', 'work_order')"));
  RF_RETURN_IF_ERROR(select.Step().status());
  if (select.Int(0) == 3) return EventLog(database);
  return absl::NotFoundError(
      absl::StrCat(database.path(), " holds no actions and no work orders yet"));
}

absl::Status EventLog::Add(EventTime time, std::string_view type, std::string_view fields) {
  return database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(Statement insert,
                        database_.Prepare("INSERT INTO event (at, type, fields) VALUES (?, ?, ?)"));
    RF_RETURN_IF_ERROR(insert.Bind(1, ToUnixMicros(time)).Bind(2, type).Bind(3, fields).Run());
    return SealNewest(database_, kEventHistory);
  });
}

absl::Status EventLog::AddAlarm(EventTime time, std::string_view name, std::string_view text) {
  return Add(time, "alarm", AlarmEventFields(name, text));
}

absl::StatusOr<std::vector<Event>> EventLog::After(int64_t seq, int limit) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(
          "SELECT seq, at, type, fields FROM event WHERE seq > ? ORDER BY seq LIMIT ?"));
  select.Bind(1, seq).Bind(2, limit);
  std::vector<Event> events;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return events;
    events.push_back({select.Int(0), Body(select.Int(0), select.Text(2),
                                          FromUnixMicros(select.Int(1)), select.Text(3))});
  }
}

absl::StatusOr<int64_t> EventLog::Published() {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare("SELECT published FROM event_position WHERE id = 1"));
  RF_ASSIGN_OR_RETURN(const bool row, select.Step());
  return row ? select.Int(0) : 0;
}

absl::Status EventLog::Publish(ActionFeed& feed) {
  RF_ASSIGN_OR_RETURN(int64_t position, Published());
  for (;;) {
    RF_ASSIGN_OR_RETURN(const std::vector<Event> events, After(position, kEventBatch));
    if (events.empty()) return absl::OkStatus();
    RF_RETURN_IF_ERROR(feed.Append(events));
    position = events.back().seq;
    RF_ASSIGN_OR_RETURN(Statement update,
                        database_.Prepare("UPDATE event_position SET published = ? WHERE id = 1"));
    RF_RETURN_IF_ERROR(update.Bind(1, position).Run());
  }
}

}  // namespace ringfence
