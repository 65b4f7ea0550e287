// ABI 1 in numbers. A change here breaks plugins that are already built: tables grow at their end.
#include <gtest/gtest.h>
#include <scalehook/plugin.h>

namespace {

TEST(Abi, FrozenTypesKeepTheirLayout) {
  EXPECT_EQ(sizeof(scalehook_text), 16u);
  EXPECT_EQ(sizeof(scalehook_pair), 32u);
  EXPECT_EQ(sizeof(scalehook_target), 16u);
  EXPECT_EQ(sizeof(scalehook_value), 40u);
  EXPECT_EQ(offsetof(scalehook_value, boolean), 4u);
  EXPECT_EQ(offsetof(scalehook_value, integer), 8u);
  EXPECT_EQ(offsetof(scalehook_value, number), 16u);
  EXPECT_EQ(offsetof(scalehook_value, text), 24u);
}

TEST(Abi, HostTableKeepsItsOrder) {
  EXPECT_EQ(offsetof(scalehook_host_api, extension), 8u);
  EXPECT_EQ(offsetof(scalehook_host_api, log_enabled), 16u);
  EXPECT_EQ(offsetof(scalehook_host_api, log), 24u);
  EXPECT_EQ(offsetof(scalehook_host_api, setting), 32u);
  EXPECT_EQ(offsetof(scalehook_host_api, setting_key), 40u);
  EXPECT_GE(sizeof(scalehook_host_api), 48u);
}

TEST(Abi, CallTableKeepsItsOrder) {
  EXPECT_EQ(offsetof(scalehook_call_api, input), 8u);
  EXPECT_EQ(offsetof(scalehook_call_api, input_key), 16u);
  EXPECT_EQ(offsetof(scalehook_call_api, set_integer), 24u);
  EXPECT_EQ(offsetof(scalehook_call_api, set_text), 32u);
  EXPECT_EQ(offsetof(scalehook_call_api, deadline_ns), 40u);
  EXPECT_EQ(offsetof(scalehook_call_api, cancelled), 48u);
  EXPECT_EQ(offsetof(scalehook_call_api, cancel_fd), 56u);
  EXPECT_GE(sizeof(scalehook_call_api), 64u);
}

TEST(Abi, PluginTablesKeepTheirOrder) {
  EXPECT_EQ(offsetof(scalehook_plugin, magic), 0u);
  EXPECT_EQ(offsetof(scalehook_plugin, struct_size), 4u);
  EXPECT_EQ(offsetof(scalehook_plugin, api_version), 8u);
  EXPECT_EQ(offsetof(scalehook_plugin, min_api_version), 12u);
  EXPECT_EQ(offsetof(scalehook_plugin, name), 16u);
  EXPECT_EQ(offsetof(scalehook_plugin, version), 32u);
  EXPECT_EQ(offsetof(scalehook_plugin, settings_schema), 48u);
  EXPECT_EQ(offsetof(scalehook_plugin, max_concurrency), 64u);
  EXPECT_EQ(offsetof(scalehook_plugin, reserved), 68u);
  EXPECT_EQ(offsetof(scalehook_plugin, create), 72u);
  EXPECT_EQ(offsetof(scalehook_plugin, destroy), 80u);
  EXPECT_EQ(offsetof(scalehook_plugin, extension), 88u);
  EXPECT_EQ(offsetof(scalehook_plugin, scaler), 96u);
  EXPECT_EQ(offsetof(scalehook_plugin, notifier), 104u);
  EXPECT_EQ(offsetof(scalehook_scaler, reserved), 4u);
  EXPECT_EQ(offsetof(scalehook_scaler, target_schema), 8u);
  EXPECT_EQ(offsetof(scalehook_scaler, read), 24u);
  EXPECT_EQ(offsetof(scalehook_scaler, write), 32u);
  EXPECT_EQ(offsetof(scalehook_notifier, subscribes), 4u);
  EXPECT_EQ(offsetof(scalehook_notifier, notify), 8u);
  EXPECT_EQ(offsetof(scalehook_notifier, notify_group), 16u);  // since 1.1
}

TEST(Abi, NumbersKeepTheirMeaning) {
  EXPECT_EQ(SCALEHOOK_MAGIC, 0x4b4f4853u);
  EXPECT_EQ(SCALEHOOK_API_VERSION >> 16, 1u);
}

TEST(Abi, StatusesKeepTheirNumbers) {
  EXPECT_EQ(SCALEHOOK_OK, 0);
  EXPECT_EQ(SCALEHOOK_RETRY, 1);
  EXPECT_EQ(SCALEHOOK_FAILED, 2);
  EXPECT_EQ(SCALEHOOK_NOT_FOUND, 3);
  EXPECT_EQ(SCALEHOOK_CONFLICT, 4);
  EXPECT_EQ(SCALEHOOK_DENIED, 5);
  EXPECT_EQ(SCALEHOOK_INVALID, 6);
  EXPECT_EQ(SCALEHOOK_REFUSED, 7);
  EXPECT_EQ(SCALEHOOK_CANCELLED, 8);
}

TEST(Abi, TypesKeepTheirNumbers) {
  EXPECT_EQ(SCALEHOOK_NULL, 0);
  EXPECT_EQ(SCALEHOOK_BOOLEAN, 1);
  EXPECT_EQ(SCALEHOOK_INTEGER, 2);
  EXPECT_EQ(SCALEHOOK_NUMBER, 3);
  EXPECT_EQ(SCALEHOOK_STRING, 4);
  EXPECT_EQ(SCALEHOOK_ARRAY, 5);
  EXPECT_EQ(SCALEHOOK_OBJECT, 6);
}

TEST(Abi, AnswerFieldsKeepTheirNumbers) {
  EXPECT_EQ(SCALEHOOK_REPLICAS, 1);
  EXPECT_EQ(SCALEHOOK_READY, 2);
  EXPECT_EQ(SCALEHOOK_VERSION, 3);
  EXPECT_EQ(SCALEHOOK_EXPLANATION, 4);
  EXPECT_EQ(SCALEHOOK_CODE, 5);
  EXPECT_EQ(SCALEHOOK_RETRY_AFTER_MS, 6);
  EXPECT_EQ(SCALEHOOK_UID, 7);
  EXPECT_EQ(SCALEHOOK_HOLD, 8);
  EXPECT_EQ(SCALEHOOK_MAX_REPLICAS, 9);
}

TEST(Abi, LogLevelsKeepTheirNumbers) {
  EXPECT_EQ(SCALEHOOK_TRACE, 0);
  EXPECT_EQ(SCALEHOOK_DEBUG, 1);
  EXPECT_EQ(SCALEHOOK_INFO, 2);
  EXPECT_EQ(SCALEHOOK_WARN, 3);
  EXPECT_EQ(SCALEHOOK_ERROR, 4);
}

TEST(Abi, SubscriptionsKeepTheirNumbers) {
  EXPECT_EQ(SCALEHOOK_DECISIONS, 1);
  EXPECT_EQ(SCALEHOOK_ALERTS, 2);
}

TEST(Abi, HasAsksForSizeAndPointer) {
  scalehook_plugin table{};
  table.struct_size = sizeof(scalehook_plugin);
  EXPECT_FALSE(SCALEHOOK_HAS(&table, scaler));
  const scalehook_scaler scaler{};
  table.scaler = &scaler;
  EXPECT_TRUE(SCALEHOOK_HAS(&table, scaler));
  table.struct_size = offsetof(scalehook_plugin, scaler);  // an older one, without the member
  EXPECT_FALSE(SCALEHOOK_HAS(&table, scaler));
}

}  // namespace
