// A name server that never answers.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <chrono>
#include <future>
#include <string_view>

#include "plugins/email/relay.hpp"

namespace {

constexpr std::string_view kUnanswered = "unanswered.example";

std::promise<void> g_asked;
std::promise<void> g_answer;
std::promise<void> g_gone;

// Its end is its thread's.
struct Leaving {
  ~Leaving() { g_gone.set_value(); }
};

}  // namespace

// In place of libc's, which libcurl calls in a thread of its own.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (node && node == kUnanswered) {
    thread_local const Leaving leaving;
    g_asked.set_value();
    g_answer.get_future().wait();
    return EAI_AGAIN;
  }
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, found);
}

namespace scalehook::email {
namespace {

using namespace std::chrono_literals;

TEST(Resolver, ThatHangsHoldsNobodyPastTheDeadline) {
  Relay relay;
  relay.smarthost = std::string(kUnanswered) + ":25";
  const auto attempt = hand_in(relay, "", {"a@example.org", {"b@example.org"}, "\r\n"},
                               {std::chrono::steady_clock::now() + 2s});
  EXPECT_EQ(attempt.end, Attempt::End::timeout);
  EXPECT_EQ(attempt.stage, "");
  g_asked.get_future().wait();
  g_answer.set_value();  // only now: had it been waited for, this were never reached
  g_gone.get_future().wait();
}

}  // namespace
}  // namespace scalehook::email
