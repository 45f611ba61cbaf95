// From the system of record to Redis. Can be repeated at any time: Redis is never the only copy.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "whitelist/lists.h"
#include "whitelist/redis/redis_connection.h"
#include "whitelist/store/list_store.h"

namespace ringfence {

// Writes both lists and their manifest. Readers see the old lists or the new, never a mixture: the
// new ones are built under names of their own, and one transaction puts them in place. Then all of
// it is read back and compared.
//
// revision: of the lists; FailedPrecondition when Redis holds a newer version of the same store, or
// the lists of another: then a person has to remove rf:manifest first.
// Unavailable without an answer: what Redis holds is then the old or the new lists, whole.
absl::Status Project(const Lists& lists, const ListRevision& revision, RedisConnection& redis,
                     EventTime now);

// How much of what Redis holds is compared with the record.
enum class ProjectionCheck {
  kManifest,  // store, version and counts: cheap, for polling
  kDigest,    // every number and value, too
};

// Projects if Redis does not hold the store's version, whole and unchanged; true if it did so. A
// service calls this about once a second, and with kDigest after a look-up that ended in DataLoss.
absl::StatusOr<bool> ProjectIfStale(ListStore& store, RedisConnection& redis, EventTime now,
                                    ProjectionCheck check = ProjectionCheck::kManifest);

}  // namespace ringfence
