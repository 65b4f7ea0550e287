#include "plugins/log/address.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

TEST(Address, SaysHowAndWhere) {
  const struct {
    const char* text;
    Transport transport;
    const char* host;
    const char* port;
    const char* path;
  } rows[] = {
      {"/dev/log", Transport::local, "", "", "/dev/log"},
      {"unix:///run/a b:1", Transport::local, "", "", "/run/a b:1"},
      {"udp://loghost:514", Transport::udp, "loghost", "514", ""},
      {"udp://192.0.2.7:1", Transport::udp, "192.0.2.7", "1", ""},
      {"tcp://log_host.example.org.:65535", Transport::tcp, "log_host.example.org.", "65535", ""},
      {"tcp://[2001:db8::1]:601", Transport::tcp, "2001:db8::1", "601", ""},
      {"tls://loghost:6514", Transport::tls, "loghost", "6514", ""},
      {"udp://[fe80::1%eth0]:514", Transport::udp, "fe80::1%eth0", "514", ""},
  };
  for (const auto& row : rows) {
    const auto address = parse_address(row.text);
    ASSERT_TRUE(address) << row.text << ": " << address.error().explanation;
    EXPECT_EQ(address->transport, row.transport) << row.text;
    EXPECT_EQ(address->host, row.host) << row.text;
    EXPECT_EQ(address->port, row.port) << row.text;
    EXPECT_EQ(address->path, row.path) << row.text;
    EXPECT_EQ(address->text, row.text);
  }
}

TEST(Address, WhatIsNoneSaysWhatToWrite) {
  const struct {
    const char* text;
    const char* said;
  } rows[] = {
      {"",
       "write /dev/log, unix:///path, udp://host:514, tcp://host:601 or "
       "tls://host:6514"},
      {"loghost:514", "is no address"},
      {"http://loghost:514", "is no address"},
      {"TCP://loghost:514", "is no address"},
      {"https://loghost:6514", "tls://host:6514"},
      {"unix://run/log", "no absolute path"},
      {"unix:/run/log", "is no address"},
      {"udp://loghost", "has no port"},
      {"tcp://[::1]", "has no port"},
      {"tcp://loghost:", "no port of 1 to 65535"},
      {"tcp://loghost:0", "no port of 1 to 65535"},
      {"tcp://loghost:65536", "no port of 1 to 65535"},
      {"tcp://loghost:syslog", "no port of 1 to 65535"},
      {"tcp://loghost:514/", "no port of 1 to 65535"},
      {"tcp://:514", "no host"},
      {"tcp://log host:514", "no host"},
      {"tcp://user@loghost:514", "no host"},
      {"tcp://[loghost]:514", "no IPv6 address between"},
      {"tcp://[]:514", "no IPv6 address between"},
      {"tcp://::1:514", "write [::1]:514"},
  };
  for (const auto& row : rows) {
    const auto address = parse_address(row.text);
    ASSERT_FALSE(address) << row.text;
    EXPECT_EQ(address.error().status, status::invalid);
    EXPECT_NE(address.error().explanation.find(row.said), std::string::npos)
        << address.error().explanation;
  }
  EXPECT_TRUE(parse_address("/" + std::string(106, 'x')));
  EXPECT_FALSE(parse_address("/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace scalehook::log
