// Early return of absl::Status, the two forms that every module uses.
//
//   RF_RETURN_IF_ERROR(file.Flush());
//   RF_ASSIGN_OR_RETURN(auto line, reader.Next());
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RF_STATUS_CONCAT_INNER(a, b) a##b
#define RF_STATUS_CONCAT(a, b) RF_STATUS_CONCAT_INNER(a, b)

#define RF_RETURN_IF_ERROR(expression) \
  if (absl::Status rf_status_ = (expression); !rf_status_.ok()) return rf_status_

#define RF_ASSIGN_OR_RETURN(declaration, expression) \
  RF_ASSIGN_OR_RETURN_INNER(RF_STATUS_CONCAT(rf_result_, __LINE__), declaration, expression)

#define RF_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                      \
  if (!result.ok()) return std::move(result).status();             \
  declaration = std::move(result).value()
