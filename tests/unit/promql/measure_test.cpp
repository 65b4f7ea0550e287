#include "core/promql/measure.hpp"

#include <gtest/gtest.h>

#include <span>

namespace scalehook::promql {
namespace {

TEST(MeasureThreshold, IsTheMeasureAndItsLimit) {
  const struct {
    const char* condition;
    const char* measure;  // empty: none
    double limit;
  } rows[] = {
      {"x > 30", "x", 30},
      {"x >= 0.8", "x", 0.8},
      {"30 < x", "x", 30},
      {"(80 <= avg(x))", "avg(x)", 80},
      {"((avg by (job) (x))) > (2 * 15)", "avg by (job) (x)", 30},
      {"x > +4e2", "x", 400},
      {"x > 2 ^ 3 - -1", "x", 9},
      {"x > 30 and on () y", "x", 30},
      {"x > 30 and y > 3 unless z", "x", 30},
      {"(sum(x) / count(up) > 30) and on () (hour() > 8)", "sum(x) / count(up)", 30},
      {"max_over_time(rate(x[1m])[5m:1m]) > 3", "max_over_time(rate(x[1m])[5m:1m])", 3},
      {"x @ end() > 3", "x @ end()", 3},
      {"newer_function(x[5m], 3) > 3", "newer_function(x[5m], 3)", 3},
      {"x - y > 3", "x - y", 3},
      {"x", "", 0},
      {"x < 30", "", 0},
      {"30 > x", "", 0},
      {"x <= 30", "", 0},
      {"x == 30", "", 0},
      {"x != 30", "", 0},
      {"x > 0", "", 0},
      {"x > -3", "", 0},
      {"x > 1 / 0", "", 0},
      {"x > NaN", "", 0},
      {"x > bool 30", "", 0},
      {"x > y", "", 0},
      {"x > scalar(y)", "", 0},
      {"x > time() - 30", "", 0},
      {"x > 30 or y > 30", "", 0},
      {"y and x > 30", "", 0},
      {"0 < x < 9", "", 0},
      {"100 > x > 30", "", 0},
      {"sum(x > 30)", "", 0},
      {"x > ", "", 0},
      {"{{ $value }}", "", 0},
      {"", "", 0},
  };
  for (const auto& row : rows) {
    const auto found = threshold(row.condition);
    EXPECT_EQ(found ? found->measure : "", row.measure) << row.condition;
    EXPECT_DOUBLE_EQ(found ? found->limit : 0, row.limit) << row.condition;
  }
}

struct Row {
  const char* condition;
  const char* because;
};

void expect(Load load, std::span<const Row> rows) {
  for (const Row& row : rows) {
    const Measure measure = measure_of(row.condition);
    EXPECT_EQ(measure.load == Load::shared, load == Load::shared) << row.condition;
    EXPECT_EQ(measure.because, row.because) << row.condition;
  }
}

constexpr const char* average = "it is an average over replicas";
constexpr const char* per_replica = "it is divided by the number of replicas";
constexpr const char* utilisation = "it is a utilisation";

TEST(Measure, IsSharedIfMoreReplicasLowerIt) {
  const Row rows[] = {
      {"avg(app_active_task_count) > 30", average},
      {"avg by (deployment) (app_active_task_count{env=\"prod\"}) >= 30", average},
      {"avg without (pod, instance) (rate(http_requests_total[1m])) > 100", average},
      {"30 < avg(avg_over_time(app_active_task_count[5m]))", average},
      {"avg(sum by (pod) (rate(http_requests_total{code=~\"2..\"}[1m]))) > 100", average},
      {"avg(http_server_active_requests > 0) > 20", average},
      {"avg by (deployment) (rate(http_requests_total[1m]) * on (pod) group_left (deployment) "
       "kube_pod_labels) > 50",
       average},
      {"avg by (namespace) (gunicorn_requests_in_flight) > 5 and on () (hour() > 6)", average},
      {"sum(rate(http_requests_total[1m])) / count(up{job=\"web\"} == 1) > 100", per_replica},
      {"sum(rate(http_requests_total[1m])) / scalar(count(up{job=\"web\"})) > 100", per_replica},
      {"sum(app_active_task_count) / sum(kube_deployment_status_replicas_available"
       "{deployment=\"app\"}) > 30",
       per_replica},
      {"sum by (deployment) (app_tasks) / on (deployment) kube_deployment_spec_replicas > 8",
       per_replica},
      {"sum(rate(nginx_ingress_controller_requests{ingress=\"shop\"}[2m])) / "
       "clamp_min(sum(kube_deployment_status_replicas_ready{deployment=\"shop\"}), 1) > 50",
       per_replica},
      {"sum(rate(rabbitmq_queue_messages_published_total{queue=\"mail\"}[1m])) / "
       "count(up{job=\"mailer\"}) > 20",
       per_replica},
      {"sum(rate(kafka_topic_partition_current_offset{topic=\"orders\"}[1m])) / "
       "(count(kube_pod_info{pod=~\"orders-.*\"}) or vector(1)) > 500",
       per_replica},
      {"sum(rate(celery_tasks_total[5m])) / count(count by (pod) (celery_worker_up)) > 3",
       per_replica},
      {"avg by (deployment) (rate(container_cpu_usage_seconds_total[1m])) > 0.8", utilisation},
      {"sum by (pod) (rate(container_cpu_usage_seconds_total{container!=\"\"}[5m])) > 0.9",
       utilisation},
      {"sum by (deployment) (rate(container_cpu_usage_seconds_total[5m])) / sum by (deployment) "
       "(kube_pod_container_resource_limits{resource=\"cpu\"}) > 0.8",
       utilisation},
      {"sum(node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate) by "
       "(workload) "
       "/ sum(namespace_cpu:kube_pod_container_resource_requests:sum) by (workload) * 100 > 80",
       utilisation},
      {"sum(rate(container_cpu_usage_seconds_total[5m])) / (sum(container_spec_cpu_quota) / "
       "sum(container_spec_cpu_period)) > 0.8",
       utilisation},
      {"avg(rate(process_cpu_seconds_total{job=\"web\"}[1m])) > 0.7", utilisation},
      {"1 - avg(rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) > 0.9", utilisation},
      {"100 - (avg by (instance) (irate(node_cpu_seconds_total{mode=\"idle\"}[5m])) * 100) > 80",
       utilisation},
      {"instance:node_cpu_utilisation:rate5m > 0.8", utilisation},
      {"avg(process_cpu_usage{application=\"orders\"}) > 0.75", utilisation},
      {"max by (deployment) (avg_over_time(system_cpu_usage[5m])) > 0.75", utilisation},
      {"avg(DCGM_FI_DEV_GPU_UTIL) > 85", utilisation},
      {"avg(worker_busy_ratio) > 0.7", utilisation},
      {"sum(phpfpm_active_processes) / sum(phpfpm_total_processes) > 0.8", utilisation},
      {"phpfpm_active_processes / (phpfpm_active_processes + phpfpm_idle_processes) > 0.8",
       utilisation},
      {"sum(apache_workers{state=\"busy\"}) / sum(apache_workers) > 0.8", utilisation},
      {"sum(gunicorn_workers_busy) / sum(gunicorn_workers_max) > 0.8", utilisation},
      {"tomcat_threads_busy_threads / tomcat_threads_config_max_threads > 0.8", utilisation},
      {"hikaricp_connections_active / hikaricp_connections_max > 0.9", utilisation},
      {"avg(executor_active_threads / executor_pool_max_threads) > 0.9", utilisation},
      {"sum(app_active_task_count) / sum(app_task_limit) >= 0.8", utilisation},
  };
  expect(Load::shared, rows);
}

TEST(Measure, IsOtherWhenInDoubt) {
  constexpr const char* quantile = "it is a quantile";
  constexpr const char* time = "it is a time";
  constexpr const char* backlog = "it is work that waits";
  constexpr const char* memory = "it is memory or storage, of which each replica has its own";
  constexpr const char* failures = "it is a number of failures";
  constexpr const char* share = "it is the share of one series in another";
  constexpr const char* spare = "it is what is idle or free";
  constexpr const char* total = "it is a total, which more replicas do not lower";
  constexpr const char* count = "it is a number of series or of replicas";
  constexpr const char* unknown = "nothing tells that replicas share it";
  const Row rows[] = {
      {"app_active_task_count > 30", unknown},
      {"avg_over_time(app_active_task_count[5m]) > 30", unknown},
      {"avg by (pod) (app_active_task_count) > 30", unknown},
      {"max(app_active_task_count) > 30", unknown},
      {"rate(http_requests_total[1m]) > 100", unknown},
      {"avg(app_active_task_count) + 10 > 30", unknown},
      {"avg(kafka_brokers_load) > 3", unknown},
      {"-avg(app_tasks) > 3", unknown},
      {"deriv(app_active_task_count[5m]) > 2", unknown},
      {"sum(app_active_task_count) > 30", total},
      {"sum(rate(http_requests_total{deployment=\"my-deployment\"}[2m])) > 100", total},
      {"sum by (deployment) (rate(container_cpu_usage_seconds_total[5m])) > 4", total},
      {"(sum(rate(http_requests_total[1m])) or vector(0)) > 50", total},
      {"sum(rate(http_requests_total[1m])) / 60 > 50", total},
      {"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > "
       "0.5",
       quantile},
      {"quantile(0.9, rate(container_cpu_usage_seconds_total[1m])) > 0.8", quantile},
      {"avg(quantile_over_time(0.95, app_tasks[5m])) > 8", quantile},
      {"histogram_quantile(0.9, sum by (le) (rate(x_bucket[1m]))) / count(up) > 3", quantile},
      {"sum(rate(http_request_duration_seconds_sum[5m])) / "
       "sum(rate(http_request_duration_seconds_count[5m])) > 0.5",
       time},
      {"avg(rate(http_server_requests_seconds_sum[1m]) / "
       "rate(http_server_requests_seconds_count[1m])) > 0.3",
       time},
      {"avg(app_request_latency) > 0.3", time},
      {"avg(http_request_duration_seconds{quantile=\"0.99\"}) > 1", time},
      {"job:request_latency_seconds:mean5m > 0.5", time},
      {"avg(probe_duration_seconds) > 2", time},
      {"max(aws_sqs_approximate_age_of_oldest_message_seconds) > 300", time},
      {"kafka_consumergroup_lag_seconds > 60", time},
      {"sum(rate(jobs_processing_seconds_sum[5m])) > 3", total},
      {"sum(rate(jobs_processing_seconds_sum[5m])) / count(up) > 0.8", unknown},
      {"sum(rabbitmq_queue_messages_ready{queue=\"mail\"}) > 100", backlog},
      {"rabbitmq_queue_messages_ready + rabbitmq_queue_messages_unacked > 100", backlog},
      {"avg(rabbitmq_queue_messages) > 100", backlog},
      {"sum(rabbitmq_queue_messages_ready) / count(up{job=\"mailer\"}) > 50", backlog},
      {"sum(kafka_consumergroup_lag{topic=\"orders\"}) by (consumergroup) > 5000", backlog},
      {"max(kafka_consumer_fetch_manager_records_lag_max) > 1000", backlog},
      {"celery_queue_length{queue_name=\"celery\"} > 50", backlog},
      {"sum(sidekiq_jobs{state=\"waiting\"}) > 100", backlog},
      {"phpfpm_listen_queue > 10", backlog},
      {"avg(phpfpm_listen_queue) > 10", backlog},
      {"predict_linear(kafka_consumergroup_lag[10m], 600) > 1e5", backlog},
      {"nats_consumer_num_pending > 1000", backlog},
      {"workqueue_depth{name=\"jobs\"} > 100", backlog},
      {"aws_sqs_approximate_number_of_messages_visible_average > 100", backlog},
      {"sum(executor_queued_tasks) > 40", backlog},
      {"redis_list_length{key=\"jobs\"} > 40", backlog},
      {"avg(jvm_memory_used_bytes{area=\"heap\"}) / avg(jvm_memory_max_bytes{area=\"heap\"}) > 0.9",
       memory},
      {"avg(container_memory_working_set_bytes) > 1e9", memory},
      {"sum(container_memory_working_set_bytes) / "
       "sum(kube_pod_container_resource_limits{resource=\"memory\"}) > 0.9",
       memory},
      {"1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.9", memory},
      {"kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > 0.9", memory},
      {"sum(rate(http_requests_total{code=~\"5..\"}[5m])) / sum(rate(http_requests_total[5m])) > "
       "0.05",
       share},
      {"avg(rate(app_errors_total[5m]) / rate(app_requests_total[5m])) > 0.05", share},
      {"sum(increase(container_cpu_cfs_throttled_periods_total[5m])) / "
       "sum(increase(container_cpu_cfs_periods_total[5m])) > 0.25",
       share},
      {"sum(rate(cache_misses_total[5m])) / sum(rate(cache_lookups_total[5m])) > 0.5", share},
      {"count(up == 0) / count(up) > 0.5", share},
      {"avg(rate(app_errors_total[5m])) > 5", failures},
      {"sum(rate(app_errors_total[5m])) / count(up) > 5", failures},
      {"avg(rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) > 0.7", spare},
      {"avg(hikaricp_connections_idle) > 10", spare},
      {"count(up{job=\"web\"} == 0) > 2", count},
      {"avg(kube_deployment_status_replicas_unavailable) > 1", count},
      {"sum(pg_stat_activity_count) / sum(pg_settings_max_connections) > 0.8", unknown},
      {"rabbitmq_queue_consumer_utilisation > 0.9", unknown},
      {"avg(cpu_usage) < 0.2", "it is compared by <"},
      {"avg(cpu_usage) <= 0.2", "it is compared by <="},
      {"avg(up) == 1", "it is compared by =="},
      {"0.2 > avg(cpu_usage)", "it is compared by <"},
      {"avg(x) > avg(y)", "it is compared with a series"},
      {"avg(x) > on () group_left y * 0.8", "it is compared with a series"},
      {"avg(x) > 0", "it is compared with no positive number"},
      {"avg(x) > bool 3", "it is compared by bool"},
      {"0 < avg(x) < 9", "it is compared twice"},
      {"avg(x) > 3 or avg(y) > 3", "it is one of two conditions, joined by or"},
      {"absent(up{job=\"web\"})", "it compares nothing"},
      {"avg(x) > ", "it cannot be read: an expression is missing at character 10"},
  };
  expect(Load::other, rows);
}

TEST(Latency, IsATimeThatSomethingTakes) {
  for (const char* const expression :
       {"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
        "histogram_quantile(0.95, rate(grpc_server_handling_seconds_bucket[5m])) > 0.5",
        "0.3 < sum(rate(x_duration_seconds_sum[5m])) / sum(rate(x_duration_seconds_count[5m]))",
        "avg(http_response_time_ms)", "app_latency < 3 and on () y > 3",
        "rate(nginx_http_request_time_seconds_total[1m]) / rate(nginx_http_requests_total[1m])",
        "avg_over_time(job:latency:p99[5m]) > 2 or app_tasks > 3",
        "kafka_consumergroup_lag_seconds", "sidekiq_queue_latency > 30",
        "http_server_requests_seconds_max > 1"}) {
    EXPECT_TRUE(is_latency(expression)) << expression;
  }
  for (const char* const expression :
       {"rate(process_cpu_seconds_total[1m])", "avg(rate(container_cpu_usage_seconds_total[5m]))",
        "sum(rate(http_request_duration_seconds_count[1m]))",
        "time() - process_start_time_seconds > 600", "process_uptime_seconds > 60",
        "sum(rate(x_seconds_bucket{le=\"0.3\"}[5m])) / sum(rate(x_seconds_count[5m])) < 0.95",
        "histogram_quantile(0.9, rate(response_size_bytes_bucket[5m]))", "app_tasks > 30",
        "rate(process_cpu_seconds_total[1m]) / rate(http_requests_total[1m])", "app_latency >"}) {
    EXPECT_FALSE(is_latency(expression)) << expression;
  }
}

TEST(Backlog, IsWorkThatWaits) {
  for (const char* const expression :
       {"rabbitmq_queue_messages_ready", "sum(kafka_consumergroup_lag) > 100",
        "sum(rabbitmq_queue_messages_ready) / count(up) > 30", "max_over_time(app_backlog[5m])",
        "jobs_pending > 3 and on () y", "app_tasks{status=\"queued\"} > 10", "300 < queue_depth",
        "celery_queue_length > 0", "avg(nats_jetstream_consumer_num_pending)"}) {
    EXPECT_TRUE(is_backlog(expression)) << expression;
  }
  for (const char* const expression :
       {"rate(rabbitmq_queue_messages_published_total[1m])", "rabbitmq_queue_consumers",
        "workqueue_queue_duration_seconds_sum", "sidekiq_queue_latency", "app_tasks > 30",
        "count(rabbitmq_queue_messages) > 10", "executor_queue_remaining_tasks > 3",
        "queue_depth >"}) {
    EXPECT_FALSE(is_backlog(expression)) << expression;
  }
}

}  // namespace
}  // namespace scalehook::promql
