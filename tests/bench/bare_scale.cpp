// What latency.py holds scalehook against: a Deployment is read and its count set by the client of
// the Kubernetes plugins, with nothing around it. A line "NAMESPACE NAME REPLICAS" in; out, when it
// was begun, in nanoseconds of the monotonic clock.
//   bench-bare-scale KUBECONFIG [--list-autoscalers]
// With --list-autoscalers it lists the HPAs in between, as the scalers do.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "plugins/kubernetes/transport/client.hpp"
#include "plugins/kubernetes/workload.hpp"

namespace {

namespace kubernetes = scalehook::kubernetes;
using std::chrono::steady_clock;

std::string ask(kubernetes::Client& client, const kubernetes::Request& request) {
  const kubernetes::Patience patience{steady_clock::now() + std::chrono::seconds{10}};
  auto answer = client.send(request, patience);
  if (!answer) throw std::runtime_error(answer.error().explanation);
  if (answer->status != 200) {
    throw std::runtime_error(fmt::format("{}: {} {}", request.path, answer->status, answer->body));
  }
  return std::move(answer->body);
}

void scale(kubernetes::Client& client, const std::string& space, const std::string& name,
           int replicas, bool list_autoscalers) {
  const auto path = fmt::format("/apis/apps/v1/namespaces/{}/deployments/{}", space, name);
  const auto found = kubernetes::parse_workload(ask(client, {"GET", path, {}, {}}),
                                                std::chrono::system_clock::now());
  if (!found) throw std::runtime_error(found.error().explanation);
  if (list_autoscalers) {
    ask(client, {"GET",
                 fmt::format("/apis/autoscaling/v1/namespaces/{}/horizontalpodautoscalers", space),
                 {},
                 {}});
  }
  ask(client, {"PATCH", path + "/scale?fieldManager=scalehook",
               fmt::format(R"({{"spec":{{"replicas":{}}},"metadata":{{"resourceVersion":"{}"}}}})",
                           replicas, found->version),
               "application/merge-patch+json"});
}

}  // namespace

int main(int argc, char** argv) {
  const bool list_autoscalers = argc == 3 && std::string_view{argv[2]} == "--list-autoscalers";
  if (argc != 2 && !list_autoscalers) {
    fmt::print(stderr, "usage: bench-bare-scale KUBECONFIG [--list-autoscalers]\n");
    return 2;
  }
  try {
    kubernetes::Client client{kubernetes::find_access({argv[1], {}, {}}),
                              [](const std::string& fault) { fmt::print(stderr, "{}\n", fault); }};
    std::string space;
    std::string name;
    for (int replicas = 0; std::cin >> space >> name >> replicas;) {
      const auto begun = steady_clock::now();
      scale(client, space, name, replicas, list_autoscalers);
      std::cout << begun.time_since_epoch() / std::chrono::nanoseconds{1} << std::endl;
    }
  } catch (const scalehook::failure& fault) {
    fmt::print(stderr, "{}\n", fault.explanation);
    return 1;
  } catch (const std::exception& fault) {
    fmt::print(stderr, "{}\n", fault.what());
    return 1;
  }
}
