// What a peer must be odd for. The rest is tested against a real server, in tests/integration.
#include "plugins/email/relay.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <thread>

namespace scalehook::email {
namespace {

using namespace std::chrono_literals;

// A peer with one connection, which `talk` has on a thread of its own.
class OddPeer : public ::testing::Test {
 protected:
  OddPeer() : listener_(socket(AF_INET, SOCK_STREAM, 0)), cancel_(eventfd(0, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, raw, size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, raw, &size), 0);
    relay_.smarthost = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    relay_.require_tls = false;
  }
  ~OddPeer() override {
    close(peer_);
    close(listener_);
    close(cancel_);
  }

  Attempt deliver(std::chrono::milliseconds limit, const std::function<void()>& talk) {
    std::thread thread([&] {
      peer_ = accept(listener_, nullptr, nullptr);
      talk();
    });
    auto attempt = hand_in(relay_, kPassword, {"a@example.org", {"b@example.org"}, content_},
                           {std::chrono::steady_clock::now() + limit, cancel_});
    shutdown(listener_, SHUT_RD);  // who has not connected by now will not
    thread.join();
    return attempt;
  }

  void cancel() {
    const std::uint64_t one = 1;
    EXPECT_EQ(write(cancel_, &one, sizeof one), ssize_t(sizeof one));
  }

  void say(const std::string& reply) {
    EXPECT_EQ(send(peer_, reply.data(), reply.size(), MSG_NOSIGNAL), ssize_t(reply.size()));
  }

  // Reads until `end` was there, or the connection's end.
  std::string hear(const std::string& end) {
    std::string heard;
    for (char byte{}; !heard.ends_with(end) && recv(peer_, &byte, 1, 0) == 1;) heard += byte;
    return heard;
  }

  // Until what answers AUTH PLAIN; that.
  std::string talk_until_login() {
    say("220 odd\r\n");
    hear("\r\n");
    say("250-odd\r\n250 AUTH PLAIN\r\n");
    EXPECT_EQ(hear("\r\n"), "AUTH PLAIN\r\n");
    say("334 \r\n");
    auto heard = hear("\r\n");
    return heard.substr(0, heard.find('\r'));
  }

  void talk_until_data() {
    say("220 odd\r\n");
    for (int i = 0; i < 3; ++i) {  // EHLO, MAIL FROM, RCPT TO
      hear("\r\n");
      say("250 ok\r\n");
    }
    EXPECT_EQ(hear("\r\n"), "DATA\r\n");
    say("354 go on\r\n");
  }

  static constexpr const char* kPassword = "sword  fish";

  int listener_;
  int cancel_;
  int peer_ = -1;
  Relay relay_;
  std::string content_ = "Subject: x\r\n\r\nbody\r\n";
};

TEST_F(OddPeer, CancellationEndsTheWaitForAGreeting) {
  EXPECT_EQ(deliver(1h, [this] { cancel(); }).end, Attempt::End::cancelled);
}

TEST_F(OddPeer, DeadlineEndsTheWaitForAGreeting) {
  EXPECT_EQ(deliver(100ms, [] {}).end, Attempt::End::timeout);
}

TEST_F(OddPeer, ADeadlineThatIsOverIsATimeout) {
  EXPECT_EQ(deliver(-5ms, [] {}).end, Attempt::End::timeout);
}

TEST_F(OddPeer, CancellationEndsTheWaitForTheReplyToAMail) {
  const auto attempt = deliver(1h, [this] {
    talk_until_data();
    hear("\r\n.\r\n");
    cancel();
  });
  EXPECT_EQ(attempt.end, Attempt::End::cancelled);
}

// More than all buffers on the way hold: when the peer stops reading, it is half sent.
class HugeMail : public OddPeer {
 protected:
  HugeMail() {
    for (int i = 0; i < 500'000; ++i) content_ += "A line of a mail that fills all buffers\r\n";
  }
  void take_the_beginning() {
    talk_until_data();
    hear("buffers\r\n");
  }
  void expect_no_end() {
    std::string rest;
    std::array<char, 65536> block{};
    for (ssize_t size; (size = recv(peer_, block.data(), block.size(), 0)) > 0;) {
      rest.append(block.data(), std::size_t(size));
    }
    EXPECT_LT(rest.size(), content_.size());
    EXPECT_FALSE(rest.ends_with("\r\n.\r\n"));
  }
};

TEST_F(HugeMail, IsNotEndedAsIfItWereWholeWhenCancelled) {
  const auto attempt = deliver(1h, [this] {
    take_the_beginning();
    cancel();
  });
  EXPECT_EQ(attempt.end, Attempt::End::cancelled);
  expect_no_end();
}

TEST_F(HugeMail, IsNotEndedAsIfItWereWholeAtTheDeadline) {
  EXPECT_EQ(deliver(3s, [this] { take_the_beginning(); }).end, Attempt::End::timeout);
  expect_no_end();
}

TEST_F(OddPeer, RepliesOfSeveralLinesAreReadWhole) {
  const auto attempt = deliver(1h, [this] {
    say("554-first\r\n554 second\r\n");
    hear("QUIT\r\n");
    say("221 bye\r\n");
  });
  EXPECT_EQ(attempt.end, Attempt::End::broken);
  EXPECT_EQ(attempt.stage, "");
  EXPECT_EQ(attempt.reply.code, 554);
  EXPECT_EQ(attempt.reply.text, "first second");
}

TEST_F(OddPeer, AConnectionThatBreaksIsTold) {
  const auto attempt = deliver(1h, [this] {
    talk_until_data();
    hear("\r\n.\r\n");
    shutdown(peer_, SHUT_RDWR);
  });
  EXPECT_EQ(attempt.end, Attempt::End::broken);
  EXPECT_EQ(attempt.stage, "DATA");
  EXPECT_LT(attempt.reply.code, 400);
  EXPECT_EQ(attempt.accepted, std::vector<std::string>{"b@example.org"});
}

TEST_F(OddPeer, NotSmtpIsNotUnderstood) {
  const auto attempt = deliver(1h, [this] {
    say("HTTP/1.1 400 Bad Request\r\n\r\n");
    shutdown(peer_, SHUT_RDWR);
  });
  EXPECT_EQ(attempt.end, Attempt::End::broken);
  EXPECT_EQ(attempt.reply.code, 0);
  EXPECT_EQ(attempt.reply.text, "HTTP/1.1 400 Bad Request");
}

TEST_F(OddPeer, ASecretThatTheServerQuotesIsNotKept) {
  relay_.username = "scalehook";
  std::string sent;
  const auto attempt = deliver(1h, [&] {
    sent = talk_until_login();
    say("535-not understood: \"" + sent + "\"\r\n535 nor " + kPassword + '.' + kPassword + "\r\n");
    hear("\r\n");
    say("221 bye\r\n");
  });
  EXPECT_EQ(sent, "AHNjYWxlaG9vawBzd29yZCAgZmlzaA==");
  EXPECT_EQ(attempt.end, Attempt::End::login);
  EXPECT_EQ(attempt.reply.code, 535);
  EXPECT_EQ(attempt.reply.text, "not understood: \"[…]\" nor […].[…]");
}

TEST_F(OddPeer, WithoutPlainAndLoginIsGivenNoCredentials) {
  relay_.username = "scalehook";
  relay_.hello = "scaler.example.org";
  const auto attempt = deliver(1h, [this] {
    say("220 odd\r\n");
    EXPECT_EQ(hear("\r\n"), "EHLO scaler.example.org\r\n");
    say("250-odd\r\n250 AUTH CRAM-MD5 DIGEST-MD5 NTLM\r\n");
    EXPECT_EQ(hear("\r\n"), "");
  });
  EXPECT_EQ(attempt.end, Attempt::End::login);
  EXPECT_EQ(attempt.stage, "EHLO");
}

TEST_F(OddPeer, IsNotListenedToAfterTheFarewell) {
  const auto attempt = deliver(1h, [this] {
    talk_until_data();
    hear("\r\n.\r\n");
    say("250 queued\r\n");
    hear("QUIT\r\n");
    say("421 bye\r\n");
  });
  EXPECT_EQ(attempt.end, Attempt::End::sent);
  EXPECT_EQ(attempt.reply.text, "queued");
}

TEST_F(OddPeer, ThatClosesAfterSayingGoodbyeIsQuoted) {
  const auto attempt = deliver(1h, [this] {
    say("220 odd\r\n");
    for (int i = 0; i < 2; ++i) {  // EHLO, MAIL FROM
      hear("\r\n");
      say("250 ok\r\n");
    }
    hear("\r\n");
    say("421 4.3.2 shutting down\r\n");
    shutdown(peer_, SHUT_RDWR);
  });
  EXPECT_EQ(attempt.end, Attempt::End::broken);
  EXPECT_EQ(attempt.farewell.code, 421);
  EXPECT_EQ(attempt.farewell.text, "4.3.2 shutting down");
}

}  // namespace
}  // namespace scalehook::email
