#include "core/upstream/client.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace scalehook::upstream {
namespace {

using Clock = std::chrono::steady_clock;

// Threads that do what is posted, each with connections of its own.
class Workers {
 public:
  using Job = std::function<void(Sender&, const std::stop_token&)>;

  explicit Workers(std::size_t count) : senders_(count) {
    for (Sender& sender : senders_) {
      threads_.emplace_back([this, &sender](const std::stop_token& stop) { run(sender, stop); });
    }
  }
  ~Workers() {
    for (std::jthread& thread : threads_) thread.request_stop();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void post(Job job) {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(job));
    posted_.notify_one();
  }

 private:
  void run(Sender& sender, const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock{mutex_};
      if (!posted_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
      if (stop.stop_requested()) return;
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job(sender, stop);
    }
  }

  std::mutex mutex_;  // guards jobs_
  std::condition_variable_any posted_;
  std::deque<Job> jobs_;
  std::vector<Sender> senders_;
  std::vector<std::jthread> threads_;  // the last: ended before what they use
};

constexpr std::size_t queries_at_a_time = 4;

std::string below(std::string url, std::string_view path) {
  while (url.ends_with('/')) url.pop_back();
  return url.append(path);
}

// One instance, from what it responded to both requests.
Instance instance_of(const std::string& url, Outcome alerts, Outcome status) {
  Instance instance;
  instance.url = shown(url);
  const auto refused = [&](const std::string& fact) {
    instance.fault = fmt::format("{}: {}", instance.url, fact);
    return instance;
  };
  for (Outcome* const outcome : {&alerts, &status}) {
    if (!*outcome) {
      instance.fault = outcome->error();
      return instance;
    }
    if ((*outcome)->status != 200) {
      return refused(fmt::format("answered {}, where 200 is wanted", (*outcome)->status));
    }
  }
  auto known = parse_alerts(alerts->body);
  if (!known) return refused(known.error());
  const auto uptime = parse_uptime(status->body);
  if (!uptime) return refused(uptime.error());
  const alert::Time now = std::chrono::system_clock::now();
  instance.up_since = *uptime + (now - status->date.value_or(now));
  instance.alerts = std::move(*known);
  instance.reachable = true;
  return instance;
}

}  // namespace

class Client::Impl {
 public:
  Impl(std::vector<std::string> alertmanager_urls, std::string prometheus_url,
       std::chrono::milliseconds limit)
      : alertmanager_urls_{std::move(alertmanager_urls)},
        prometheus_url_{std::move(prometheus_url)},
        limit_{limit} {}

  void ask_alerts(std::function<void(AlertsAnswer)> answer) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.push_back(std::move(answer));
      if (waiting_.size() > 1) return;
    }
    rounds_.post([this](Sender& sender, const std::stop_token& stop) {
      const AlertsAnswer result = ask_all(sender, stop);
      std::vector<std::function<void(AlertsAnswer)>> waiting;
      {
        const std::lock_guard lock{mutex_};
        waiting.swap(waiting_);
      }
      for (const auto& one : waiting) {
        if (!stop.stop_requested()) one(result);
      }
    });
  }

  void ask_query(std::string expression, std::function<void(QueryAnswer)> answer) {
    queries_.post([this, deadline = Clock::now() + limit_, expression = std::move(expression),
                   answer = std::move(answer)](Sender& sender, const std::stop_token& stop) {
      QueryAnswer result = ask(sender, stop, expression, deadline);
      if (!stop.stop_requested()) answer(std::move(result));
    });
  }

 private:
  AlertsAnswer ask_all(Sender& sender, const std::stop_token& stop) const {
    std::vector<Request> requests;
    for (const std::string& url : alertmanager_urls_) {
      for (const char* const path : {"/api/v2/alerts", "/api/v2/status"}) {
        requests.emplace_back();
        requests.back().url = below(url, path);
        requests.back().limit = limit_;
      }
    }
    std::vector<Outcome> outcomes = sender.send(requests, stop);
    AlertsAnswer result;
    for (std::size_t i = 0; i < alertmanager_urls_.size(); ++i) {
      result.push_back(instance_of(alertmanager_urls_[i], std::move(outcomes[2 * i]),
                                   std::move(outcomes[2 * i + 1])));
    }
    return result;
  }

  QueryAnswer ask(Sender& sender, const std::stop_token& stop, const std::string& expression,
                  Clock::time_point deadline) const {
    if (prometheus_url_.empty()) return "no Prometheus is configured";
    Request request = query_request(prometheus_url_, expression);
    request.limit = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (request.limit <= std::chrono::milliseconds::zero()) {
      return fmt::format("{}: not asked within {:.3g} s, for others were before it",
                         shown(request.url), std::chrono::duration<double>{limit_}.count());
    }
    const Outcome outcome = std::move(sender.send({request}, stop).front());
    if (!outcome) return outcome.error();
    QueryAnswer result = parse_query(*outcome);
    if (!result) return fmt::format("{}: {}", shown(request.url), result.error());
    return result;
  }

  const std::vector<std::string> alertmanager_urls_;
  const std::string prometheus_url_;
  const std::chrono::milliseconds limit_;
  std::mutex mutex_;                                        // guards waiting_
  std::vector<std::function<void(AlertsAnswer)>> waiting_;  // for the round under way
  // The last: their threads end before what they use.
  Workers rounds_{1};
  Workers queries_{queries_at_a_time};
};

Client::Client(std::vector<std::string> alertmanager_urls, std::string prometheus_url,
               std::chrono::milliseconds limit)
    : impl_{
          std::make_unique<Impl>(std::move(alertmanager_urls), std::move(prometheus_url), limit)} {}

Client::~Client() = default;

void Client::ask_alerts(std::function<void(AlertsAnswer)> answer) {
  impl_->ask_alerts(std::move(answer));
}

void Client::ask_query(std::string expression, std::function<void(QueryAnswer)> answer) {
  impl_->ask_query(std::move(expression), std::move(answer));
}

}  // namespace scalehook::upstream
