// Work that is done on the engine's thread while another waits for it.
#pragma once

#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/dispatch/runtime.hpp"

namespace scalehook::dispatch {

// Does the work on the runtime's thread; what it returns, or that it is done.
template <typename Work>
auto on_thread(Runtime& runtime, Work work) {
  using Result = decltype(work());
  auto promise = std::make_shared<std::promise<Result>>();
  auto future = promise->get_future();
  runtime.post([promise, work = std::move(work)]() mutable {
    if constexpr (std::is_void_v<Result>) {
      work();
      promise->set_value();
    } else {
      promise->set_value(work());
    }
  });
  return future;
}

}  // namespace scalehook::dispatch
