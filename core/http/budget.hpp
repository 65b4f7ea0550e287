// Memory that all requests of a server share.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace scalehook::http {

// A number of bytes to be lent. Any thread.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : left_(bytes) {}

  // All of `bytes` or nothing.
  bool take(std::size_t bytes) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give_back(std::size_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

// What one request has taken of a budget; given back at the end of its life. One thread at a time.
class Lease {
 public:
  Lease() = default;
  explicit Lease(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  Lease(Lease&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Lease() { release(); }

  // False if the budget has not that much left; what was taken before stays taken.
  bool extend(std::size_t bytes) {
    if (!budget_ || !budget_->take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  std::size_t bytes() const { return bytes_; }
  void release() {
    if (budget_) budget_->give_back(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<Budget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace scalehook::http
