// Files that are no plugins, or that must not be loaded: each is refused before anything of it
// runs.
#include <elf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/plugin/library.hpp"

namespace scalehook::plugin {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string echo_path = GOOD_PLUGINS "/echo.so";

class PluginFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "scalehook-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }

  // A good plugin under another name.
  std::string copy(const std::string& name) const {
    fs::copy_file(echo_path, path(name), fs::copy_options::overwrite_existing);
    return path(name);
  }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name)) << content;
    return path(name);
  }

  // Overwrites a member of the ELF header.
  template <class T>
  static void patch(const std::string& file, std::size_t offset, T value) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  static std::string refusal_of(const std::string& file) {
    const auto library = load(file);
    if (library) return "loaded";
    EXPECT_THAT(library.error(), StartsWith(file + ": "));
    return library.error().substr(file.size() + 2);
  }

  fs::path folder_;
};

constexpr const char* rebuild = "; build it for this machine and copy it again, whole";

TEST_F(PluginFile, RelativePath) {
  EXPECT_EQ(refusal_of("plugins/log.so"),
            "is not an absolute path; write it from the root, as in "
            "/usr/lib/scalehook/plugins/log.so");
}

TEST_F(PluginFile, Missing) {
  EXPECT_EQ(refusal_of(path("missing.so")),
            "does not exist; check the spelling, and that this user may read the folders above it");
}

TEST_F(PluginFile, DanglingLink) {
  fs::create_symlink(path("missing.so"), path("link.so"));
  EXPECT_THAT(refusal_of(path("link.so")), StartsWith("does not exist; "));
}

TEST_F(PluginFile, Folder) {
  fs::create_directory(path("folder.so"));
  EXPECT_EQ(refusal_of(path("folder.so")),
            "is a folder, not a file; name a plugin's shared object (.so)");
}

// Opening one would wait for its other end.
TEST_F(PluginFile, Fifo) {
  ASSERT_EQ(mkfifo(path("fifo.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(path("fifo.so")),
            "is a FIFO, not a file; name a plugin's shared object (.so)");
}

TEST_F(PluginFile, TextFile) {
  EXPECT_EQ(refusal_of(write("text.so", "#!/bin/sh\necho plugin\n")),
            std::string("is not an ELF file") + rebuild);
  EXPECT_EQ(refusal_of(write("empty.so", "")), std::string("is not an ELF file") + rebuild);
}

TEST_F(PluginFile, WritableByOthers) {
  const std::string file = copy("group.so");
  ASSERT_EQ(chmod(file.c_str(), 0664), 0);
  EXPECT_EQ(refusal_of(file),
            fmt::format("is writable by its group (mode 0664); run: chmod go-w {}", file));
  ASSERT_EQ(chmod(file.c_str(), 0646), 0);
  EXPECT_EQ(refusal_of(file),
            fmt::format("is writable by everyone (mode 0646); run: chmod go-w {}", file));
}

TEST_F(PluginFile, OfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const std::string file = copy("theirs.so");
  ASSERT_EQ(chown(file.c_str(), 4711, 0), 0);
  EXPECT_EQ(refusal_of(file),
            fmt::format("belongs to user 4711, neither to root nor to the daemon's user 0; run: "
                        "chown root {}",
                        file));
}

TEST_F(PluginFile, InAFolderOfEveryone) {
  const std::string file = copy("open.so");
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_EQ(refusal_of(file),
            fmt::format("lies in {}, where everyone may replace it (mode 0777); run: chmod o-w {}",
                        folder_.string(), folder_.string()));
}

// Whoever may replace the link says where it leads.
TEST_F(PluginFile, LinkInAFolderOfEveryone) {
  const std::string file = copy("real.so");
  const fs::path open = path("open");
  fs::create_directory(open);
  ASSERT_EQ(chmod(open.c_str(), 0777), 0);
  fs::create_symlink(file, open / "link.so");
  EXPECT_THAT(refusal_of(open / "link.so"), StartsWith("lies in " + open.string() + ", where"));
  // With the sticky bit only the owner may replace it.
  ASSERT_EQ(chmod(open.c_str(), 01777), 0);
  EXPECT_EQ(refusal_of(open / "link.so"), "loaded");
}

TEST_F(PluginFile, LinkIsLoadedAsWhatItLeadsTo) {
  fs::create_symlink(echo_path, path("link.so"));
  const auto linked = load(path("link.so"));
  ASSERT_TRUE(linked) << linked.error();
  EXPECT_EQ(*linked, *load(echo_path));
}

TEST_F(PluginFile, OfAnotherMachine) {
  const std::string file = copy("arm.so");
  patch<Elf64_Half>(file, offsetof(Elf64_Ehdr, e_machine), EM_ARM);
  EXPECT_THAT(refusal_of(file), StartsWith("is built for arm and this is "));
  patch<Elf64_Half>(file, offsetof(Elf64_Ehdr, e_machine), 4711);
  EXPECT_THAT(refusal_of(file), StartsWith("is built for machine 4711 and this is "));
}

TEST_F(PluginFile, OfAnotherKind) {
  const std::string file = copy("kind.so");
  patch<unsigned char>(file, EI_CLASS, ELFCLASS32);
  EXPECT_EQ(refusal_of(file), std::string("is not a 64-bit object") + rebuild);
  patch<unsigned char>(copy("kind.so"), EI_DATA, ELFDATA2MSB);
  EXPECT_EQ(refusal_of(file), std::string("is of the other byte order") + rebuild);
  patch<Elf64_Half>(copy("kind.so"), offsetof(Elf64_Ehdr, e_type), ET_EXEC);
  EXPECT_EQ(refusal_of(file), std::string("is an ELF file but not a shared object") + rebuild);
}

// At whatever byte the copy was broken off.
TEST_F(PluginFile, Truncated) {
  const std::string file = copy("cut.so");
  const std::uintmax_t whole = fs::file_size(file);
  for (std::uintmax_t size = whole - 1; size > 0; size -= std::max<std::uintmax_t>(1, size / 7)) {
    fs::resize_file(file, size);
    ASSERT_THAT(
        refusal_of(file),
        AnyOf(std::string("is truncated: the file ends before what its header names") + rebuild,
              std::string("is not an ELF file") + rebuild))
        << size << " of " << whole << " bytes";
  }
}

// Offsets that lead out of the file are never followed.
TEST_F(PluginFile, WithOffsetsFromNowhere) {
  for (const std::size_t member : {offsetof(Elf64_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_shoff)}) {
    const std::string file = copy("nowhere.so");
    for (const std::uint64_t offset : {~std::uint64_t{0}, std::uint64_t{1} << 40U}) {
      patch(file, member, offset);
      EXPECT_THAT(refusal_of(file), StartsWith("is truncated: "));
    }
  }
}

TEST_F(PluginFile, ReplacedAfterLoading) {
  const std::string file = copy("replaced.so");
  const auto library = load(file);
  ASSERT_TRUE(library) << library.error();
  EXPECT_FALSE(is_replaced(**library));
  fs::remove(file);
  write("replaced.so", "another");
  EXPECT_TRUE(is_replaced(**library));
  EXPECT_EQ(*load(file), *library) << "what is loaded stays until the next start";
}

}  // namespace
}  // namespace scalehook::plugin
