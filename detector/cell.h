// What all tables of numbers are made of.
#pragma once

namespace ringfence {

// One cache line.
struct alignas(64) Cell {
  unsigned char bytes[64];
};

}  // namespace ringfence
