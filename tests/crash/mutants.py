"""Deliberately broken versions of ringfence: replacements in its sources."""

import dataclasses

_NONE = '.list = {.version = 1, .count = 1, .digest = "x"}, .read_at = now'


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A mistake, the fault that must bring it to light, and as what it must show."""

    name: str
    changes: dict  # source → [(what stands there, what stands there instead)]
    shows_as: str  # kind of difference; words of the simulation's complaint
    fault: str = ""  # kind of fault that the round is full of; none: the simulation must notice


MUTANTS = [
    Mutant(
        "an error of the lists is read as 'not listed'",
        {
            "blocker/lists.cc": [
                (
                    "  if (!answers.ok()) return Batch(answers.status());\n",
                    "  if (!answers.ok()) {\n"
                    "    absl::flat_hash_map<CallingNumber, Listing> none;\n"
                    "    for (const CallingNumber number : numbers) {\n"
                    f"      none[number] = Listing{{.number = number, {_NONE}}};\n"
                    "    }\n"
                    "    return Batch(std::move(none));\n"
                    "  }\n",
                ),
                (
                    "  if (!answers.ok()) return answers.status();\n",
                    "  if (!answers.ok()) {\n"
                    f"    return Listing{{.number = number, {_NONE}}};\n"
                    "  }\n",
                ),
            ]
        },
        "protected",
        fault="flush",
    ),
    Mutant(
        "'not found' in an emptied Redis is read as 'not whitelisted'",
        {
            "whitelist/redis/list_reader.cc": [
                ("found != reading->manifest.digest", "found.empty()"),
            ],
            "whitelist/redis/list_replies.cc": [
                (
                    "  RF_ASSIGN_OR_RETURN(reading.manifest, ReadManifest(replies[0]));\n",
                    "  const auto manifest = ReadManifest(replies[0]);\n"
                    '  reading.manifest = Manifest{.version = 1, .digest = "x"};\n'
                    "  if (manifest.ok()) reading.manifest = *manifest;\n",
                ),
            ],
            "whitelist/redis/redis_whitelist.cc": [
                (
                    "  RF_RETURN_IF_ERROR(CheckExpected(manifest));\n"
                    "  return CheckAgainstSeen(manifest);\n",
                    "  (void)manifest;\n  return absl::OkStatus();\n",
                )
            ],
        },
        "protected",
        fault="flush",
    ),
    Mutant(
        "a batch is acknowledged before it is durable",
        {
            "tools/service/group_commit.cc": [
                ("  RF_RETURN_IF_ERROR(journal_.Commit());\n", ""),
                (
                    "  }\n  return absl::OkStatus();\n",
                    "  }\n  return journal_.Commit();\n",
                ),
            ]
        },
        "promised",
    ),
    Mutant(
        "a commit does not wait for the disk",
        {
            "ingest/journal/journal.cc": [
                (
                    "  RF_RETURN_IF_ERROR(file_->Write(at_, pending_));\n"
                    "  RF_RETURN_IF_ERROR(file_->Sync());\n",
                    "  RF_RETURN_IF_ERROR(file_->Write(at_, pending_));\n",
                )
            ]
        },
        "the service ended: DATA_LOSS",
    ),
    Mutant(
        "a snapshot is renamed before it is on the disk",
        {
            "tools/service/snapshot_files.cc": [
                (
                    "  RF_RETURN_IF_ERROR(file->Sync());\n"
                    "  RF_RETURN_IF_ERROR(disk_.Rename(kDraft, FileName(name)));\n",
                    "  RF_RETURN_IF_ERROR(disk_.Rename(kDraft, FileName(name)));\n",
                )
            ]
        },
        "the service ended",
    ),
    Mutant(
        "an action's id does not follow from its cause",
        {
            "blocker/action_id.cc": [
                (
                    "      .I64(ToUnixMicros(detection.at));\n",
                    "      .I64(ToUnixMicros(detection.at)).I64(++made);\n",
                ),
                (
                    "ActionId MakeActionId(const Detection& detection) {\n",
                    "ActionId MakeActionId(const Detection& detection) {\n"
                    "  static int64_t made = 0;\n",
                ),
            ]
        },
        "actions",
    ),
    Mutant(
        "what cannot be sent counts as confirmed",
        {
            "blocker/dispatch.cc": [
                ("    confirmed = false;\n", ""),
                ("  if (!error.ok()) return TellUnconfirmed(record, error, now);\n", ""),
            ]
        },
        "and must be 1",
    ),
]
