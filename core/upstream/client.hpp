// The questions that the engine asks, without waiting.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/upstream/alerts.hpp"
#include "core/upstream/query.hpp"

namespace scalehook::upstream {

// Any thread may ask. Asking returns at once; each question is answered exactly once, from a thread
// of the client's own, about `limit` after it was asked at the latest: waiting counts.
class Client {
 public:
  // No URL of a kind: that kind is answered at once as empty, or with a fault. Connects to nothing
  // before the first question. Throws if threads or libcurl are not to be had.
  Client(std::vector<std::string> alertmanager_urls, std::string prometheus_url,
         std::chrono::milliseconds limit = std::chrono::seconds{10});

  // Ends at once what is under way. Answers not given by then are not given at all, and none is
  // after it has returned. Not from an answer.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Asks every Alertmanager, all at the same time. Whoever asks while that is under way gets the
  // same answer, which may then be older than the question by up to the limit.
  void ask_alerts(std::function<void(AlertsAnswer)> answer);

  // An instant query. A few run at a time; the others wait in their order.
  void ask_query(std::string expression, std::function<void(QueryAnswer)> answer);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::upstream
