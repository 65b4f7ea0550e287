#include "plugins/kubernetes/access/proxy.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

class EnvironmentProxy : public testing::Test {
 protected:
  Environment https_{"HTTPS_PROXY", "http://secure:1"};
  Environment https_lower_{"https_proxy", "http://lower:1"};
  Environment http_{"HTTP_PROXY", std::nullopt};
  Environment http_lower_{"http_proxy", "socks5://plain:2"};
  Environment all_{"ALL_PROXY", "http://all:3"};
  Environment no_{"NO_PROXY", std::nullopt};
  Environment no_lower_{"no_proxy", std::nullopt};
  Environment method_{"REQUEST_METHOD", std::nullopt};
};

TEST_F(EnvironmentProxy, IsThatOfTheScheme) {
  EXPECT_EQ(environment_proxy("https://h:6443"), "http://secure:1");
  EXPECT_EQ(environment_proxy("http://h"), "socks5://plain:2");
  const Environment without{"HTTPS_PROXY", std::nullopt};
  EXPECT_EQ(environment_proxy("https://h:6443"), "http://lower:1");
  const Environment none{"https_proxy", std::nullopt};
  EXPECT_EQ(environment_proxy("https://h:6443"), "");  // ALL_PROXY is curl's
  const Environment bare{"https_proxy", "proxy:3128"};
  EXPECT_EQ(environment_proxy("https://h:6443"), "http://proxy:3128");
  const Environment cgi{"REQUEST_METHOD", "GET"};
  EXPECT_EQ(environment_proxy("http://h"), "");
}

TEST_F(EnvironmentProxy, IsNeverForThisMachine) {
  for (const char* server : {"https://localhost:1", "https://LOCALHOST", "https://127.3.2.1:6443",
                             "https://[::1]:6443"}) {
    EXPECT_EQ(environment_proxy(server), "") << server;
  }
}

TEST_F(EnvironmentProxy, IsNotForWhatIsExcepted) {
  struct Case {
    const char *list, *server;
    bool excepted;
  };
  const Case cases[] = {
      {"*", "https://a.b", true},
      {"a.b", "https://a.b:6443", true},
      {"a.b", "https://x.a.b", true},
      {"a.b", "https://xa.b", false},
      {".a.b", "https://a.b", false},
      {".a.b", "https://x.a.b", true},
      {"*.a.b", "https://x.a.b", true},
      {"c, A.B ,d", "https://a.b", true},
      {"a.b:6443", "https://a.b:6443", true},
      {"a.b:6443", "https://a.b", false},
      {"a.b:443", "https://a.b", true},
      {"10.1.2.3", "https://10.1.2.3:1", true},
      {"10.1.2.3:2", "https://10.1.2.3:1", false},
      {"10.0.0.0/8", "https://10.1.2.3", true},
      {"10.0.0.0/9", "https://10.200.2.3", false},
      {"10.0.0.0/8", "https://ten.example", false},
      {"10.0.0.0/x", "https://10.1.2.3", false},
      {"10.0.0.0/", "https://10.1.2.3", false},
      {"10.0.0.0/8x", "https://10.1.2.3", false},
      {"fd00::/", "https://[fd12::1]", false},
      {"10.0.0.0/200", "https://10.1.2.3", false},
      {"0.0.0.0/0", "https://8.8.8.8", true},
      {"fd00::/8", "https://[fd12::1]:6443", true},
      {"fd00::/8", "https://[fe80::1]:6443", false},
      {"fd12::1", "https://[fd12::1]:6443", true},
      {"[fd12::1]:6443", "https://[fd12::1]:6443", true},
      {"fd00::/8", "https://10.1.2.3", false},
      {",:,/,", "https://a.b", false},
      {"", "https://a.b", false},
  };
  for (const Case& each : cases) {
    const Environment no{"NO_PROXY", each.list};
    EXPECT_EQ(environment_proxy(each.server).empty(), each.excepted)
        << each.list << " " << each.server;
  }
}

std::string parsed(const std::string& text) {
  const auto proxy = parse_proxy(text);
  return proxy ? proxy->url + " " + proxy->address + (proxy->tls ? " tls" : "")
               : proxy.error().explanation;
}

TEST(Proxy, HasThePortThatItHasForKubectl) {
  EXPECT_EQ(parsed("http://h"), "http://h:80/ h:80");
  EXPECT_EQ(parsed("https://u:p%41@h/path?q#f"), "https://u:p%41@h:443/ h:443 tls");
  EXPECT_EQ(parsed("socks5://[::1]"), "socks5h://[::1]:1080/ [::1]:1080");
  EXPECT_EQ(parsed("http://h:1080"), "http://h:1080/ h:1080");
}

TEST(Proxy, HasASchemeOfGoInAnyCase) {
  EXPECT_EQ(parsed("HTTP://h:1"), "http://h:1/ h:1");
  EXPECT_EQ(parsed("Socks5h://h:1"), "socks5h://h:1/ h:1");
  for (const char* const text : {"socks4://h", "ftp://h", "socks5s://h"}) {
    EXPECT_THAT(parsed(text), testing::StartsWith("has another scheme; write http://HOST")) << text;
  }
}

TEST(Proxy, IsRefusedIfItsLoginCannotBeDecoded) {
  for (const char* const login :
       {"u:se%0acret", "u:se%00cret", "u:se%1fcret", "se%0Acret:p", "se%0acret"}) {
    EXPECT_THAT(parsed(std::string{"http://"} + login + "@h:1"),
                testing::AllOf(testing::StartsWith("has a control character in its login; "),
                               testing::Not(testing::HasSubstr("cret"))))
        << login;
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
