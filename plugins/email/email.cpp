// The notifier `email`: one mail an event, or a group of them, handed to one SMTP server.
#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <scalehook/plugin.hpp>
#include <span>

#include "plugins/email/event.hpp"
#include "plugins/email/message.hpp"
#include "plugins/email/relay.hpp"
#include "plugins/email/schema.hpp"
#include "plugins/email/settings.hpp"
#include "plugins/email/verdict.hpp"

namespace scalehook::email {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRemembered = 64;  // mails, with whom they were delivered to

class Notifier {
 public:
  static constexpr scalehook::info info{
      .name = "email", .version = PLUGIN_VERSION, .settings = kSettings};

  explicit Notifier(const host& host) : settings_(read_settings(host)) {
    // It may be there by the first mail. But nobody waits for that one to learn of a wrong path.
    if (!settings_.password_file.empty()) {
      const auto password = read_password(settings_.password_file);
      if (!password) host.warn(password.error().explanation + "; mails will not be delivered");
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);  // counted; safe in any thread since libcurl 7.84
  }

  ~Notifier() { curl_global_cleanup(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  outcome<done> notify(call& call, std::string_view event) {
    return notify_group(call, {&event, 1});
  }

  // One mail for all of them. After `invalid` each comes by itself, and the bad one goes alone.
  outcome<done> notify_group(call& call, std::span<const std::string_view> texts) {
    std::vector<Event> events;
    for (const auto text : texts) {
      auto event = parse_event(text);
      if (!event && texts.size() == 1) return event.error();
      if (!event) return invalid(event.error().code, event.error().explanation);
      events.push_back(std::move(*event));
    }
    return tell(call, events);
  }

 private:
  struct Delivered {
    std::string id;  // the mail's Message-ID
    std::vector<std::string> to;
  };

  outcome<done> tell(const call& call, std::span<const Event> events) {
    const auto& envelope = settings_.envelope;
    const auto id = message_id(events, envelope.sender());
    auto to = missing(id);
    if (to.empty()) return done{.version = {}, .explanation = "all recipients already have it"};
    std::string password;
    if (!settings_.password_file.empty()) {
      auto read = read_password(settings_.password_file);
      if (!read) return read.error();
      password = std::move(*read);
    }

    auto content = compose(events, envelope, to);
    const Mail mail{envelope.from.address, std::move(to), std::move(content)};
    // A little before the deadline, while the host still listens to what the fault was.
    const auto left = call.remaining() - std::min(call.remaining() / 10, 200ms);
    const Limits limits{std::chrono::steady_clock::now() +
                            std::min<std::chrono::milliseconds>(left, settings_.timeout),
                        call.cancel_fd()};
    const auto attempt = hand_in(settings_.relay, password, mail, limits);
    if (attempt.end == Attempt::End::sent) remember(id, attempt.accepted);
    return judge(attempt, settings_.relay);
  }

  // Who has not got this mail from us yet: when it comes again it goes to the others.
  std::vector<std::string> missing(const std::string& id) const {
    std::vector<std::string> result;
    const auto known = std::ranges::find(delivered_, id, &Delivered::id);
    for (const auto& [name, address] : settings_.envelope.to) {
      const bool has =
          known != delivered_.end() && std::ranges::find(known->to, address) != known->to.end();
      if (!has) result.push_back(address);
    }
    return result;
  }

  void remember(const std::string& id, const std::vector<std::string>& accepted) {
    auto known = std::ranges::find(delivered_, id, &Delivered::id);
    if (known == delivered_.end()) {
      if (delivered_.size() == kRemembered) delivered_.pop_front();
      known = delivered_.insert(delivered_.end(), Delivered{id, {}});
    }
    known->to.insert(known->to.end(), accepted.begin(), accepted.end());
  }

  const Settings settings_;
  std::deque<Delivered> delivered_;  // one call at a time (max_concurrency 1): no lock
};

}  // namespace
}  // namespace scalehook::email

SCALEHOOK_PLUGIN(scalehook::email::Notifier)
