"""Deliberately broken versions of ringfence: replacements in its sources."""

import dataclasses

_NONE = '.list = {.version = 1, .count = 1, .digest = "x"}, .read_at = now'


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A mistake, the fault that must bring it to light, and as what it must show."""

    name: str
    changes: dict  # source → [(what stands there, what stands there instead)]
    fault: str  # kind of fault that the round is full of
    shows_as: str  # kind of difference


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
        "flush",
        "protected",
    ),
    Mutant(
        "'not found' in an emptied Redis is read as 'not whitelisted'",
        {
            "whitelist/redis/list_reader.cc": [
                (
                    "  if (!manifest.ok()) return At(redis, manifest.status());\n",
                    '  if (!manifest.ok()) manifest = Manifest{.version = 1, .digest = "x"};\n',
                ),
                ("found != reading->manifest.digest", "found.empty()"),
            ],
            "whitelist/redis/redis_whitelist.cc": [
                (
                    "  RF_RETURN_IF_ERROR(CheckExpected(manifest));\n"
                    "  return CheckAgainstSeen(manifest);\n",
                    "  (void)manifest;\n  return absl::OkStatus();\n",
                )
            ],
        },
        "flush",
        "protected",
    ),
]
