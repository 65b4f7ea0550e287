// Addresses, and the faults of accepting.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/http/server.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/running.hpp"
#include "tests/unit/telemetry/log_lines.hpp"

namespace scalehook::http::testing {
namespace {

TEST(Listen, OnSeveralAddresses) {
  RunningServer running;
  const auto ipv6 = running.server().listen("[::1]:0");
  ASSERT_TRUE(ipv6) << ipv6.error();
  const auto name = running.server().listen("localhost:0");
  ASSERT_TRUE(name) << name.error();
  EXPECT_EQ(Client(running.port()).ask(get("/page"))->status, 200);
  EXPECT_EQ(Client(*name).ask(get("/page"))->status, 200);
  Client client(*ipv6, "::1");
  EXPECT_EQ(client.ask(get("/remote"))->body.rfind("[::1]:", 0), 0U);
  EXPECT_THROW(Client(*ipv6, "127.0.0.1"), std::runtime_error);
}

TEST(Listen, RefusesWhatIsNotAnAddress) {
  Server server({}, {}, {});
  const auto fault = [&](const std::string& address) {
    const auto port = server.listen(address);
    return port ? "listens" : port.error();
  };
  EXPECT_EQ(fault("127.0.0.1"),
            "listen address \"127.0.0.1\": the port is missing; write it as 127.0.0.1:9095, "
            "[::1]:9095 or :9095");
  EXPECT_NE(fault("").find("the port is missing"), std::string::npos);
  EXPECT_NE(fault(":").find("the port is not a number"), std::string::npos);
  EXPECT_NE(fault(":65536").find("the port is not a number up to 65535"), std::string::npos);
  EXPECT_NE(fault(":http").find("the port is not a number"), std::string::npos);
  EXPECT_NE(fault("::1:9095").find("an IPv6 address must stand in brackets"), std::string::npos);
  EXPECT_NE(fault("[::1:9095").find("an IPv6 address must stand in brackets"), std::string::npos);
  EXPECT_EQ(fault("192.0.2.1:0"),
            "cannot listen on \"192.0.2.1:0\": Cannot assign requested address");
}

TEST(Listen, RefusesAPortInUse) {
  RunningServer running;
  const std::string address = "127.0.0.1:" + std::to_string(running.port());
  Server second({}, {}, {});
  const auto port = second.listen(address);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error(), "cannot listen on \"" + address + "\": Address already in use");
}

// One more descriptor than those open now, while it lives.
class OneMoreDescriptor {
 public:
  OneMoreDescriptor() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);  // the lowest that is free
    close(next);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next + 1);
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~OneMoreDescriptor() { setrlimit(RLIMIT_NOFILE, &before_); }
  OneMoreDescriptor(const OneMoreDescriptor&) = delete;
  OneMoreDescriptor& operator=(const OneMoreDescriptor&) = delete;

 private:
  rlimit before_{};
};

TEST(Listen, OutlivesALackOfDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan's check of a vptr opens a pipe itself, and reports a fault without one";
#endif
  log::LogLines lines;
  {
    RunningServer running;
    Client served(running.port());
    EXPECT_EQ(served.ask(get("/page"))->status, 200);

    auto lack = std::make_unique<OneMoreDescriptor>();
    Client waiting(running.port());  // takes it; the server's end gets none
    waiting.send(get("/page"));
    for (const char* const pause : {"10", "20", "40"}) {  // no spinning
      EXPECT_EQ(lines.take("cannot accept"),
                "level=warn msg=\"cannot accept connections; trying again later\" "
                "address=127.0.0.1:0 error=\"Too many open files\" pause_ms=" +
                    std::string(pause));
      EXPECT_EQ(served.ask(get("/page"))->status, 200);
    }
    lack.reset();
    const auto answer = waiting.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
}

}  // namespace
}  // namespace scalehook::http::testing
