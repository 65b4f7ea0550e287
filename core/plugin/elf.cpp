#include "core/plugin/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace scalehook::plugin {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half this_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half this_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr Elf64_Half this_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr Elf64_Half this_machine = EM_S390;
#else
#error "name this machine's EM_ constant of elf.h"
#endif
constexpr unsigned char this_order =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

std::string machine_name(Elf64_Half machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i386";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return fmt::format("machine {}", machine);
  }
}

// Reads at offsets that the file itself names; nothing beyond its end.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : stream_(file, std::ios::binary) {
    std::error_code error;
    size_ = std::filesystem::file_size(file, error);
    if (error) size_ = 0;
  }

  bool contains(std::uint64_t offset, std::uint64_t size) const {
    return offset <= size_ && size <= size_ - offset;
  }

  template <class T>
  std::optional<std::vector<T>> read(std::uint64_t offset, std::uint64_t count) {
    if (count > size_ / sizeof(T) || !contains(offset, count * sizeof(T))) return std::nullopt;
    std::vector<T> items(count);
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(reinterpret_cast<char*>(items.data()),
                 static_cast<std::streamsize>(count * sizeof(T)));
    if (!stream_) return std::nullopt;
    return items;
  }

 private:
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

// A phrase, or nothing if the header is that of a shared object for this machine.
std::optional<std::string> fault_of(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "is not a 64-bit object";
  if (header.e_ident[EI_DATA] != this_order) return "is of the other byte order";
  if (header.e_machine != this_machine) {
    return fmt::format("is built for {} and this is {}", machine_name(header.e_machine),
                       machine_name(this_machine));
  }
  if (header.e_type != ET_DYN) return "is an ELF file but not a shared object";
  return std::nullopt;
}

std::set<std::string> defined(const std::vector<Elf64_Sym>& symbols,
                              const std::vector<char>& texts) {
  std::set<std::string> names;
  for (const Elf64_Sym& symbol : symbols) {
    const unsigned char binding = ELF64_ST_BIND(symbol.st_info);
    const unsigned char visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (symbol.st_shndx == SHN_UNDEF || binding == STB_LOCAL || symbol.st_name >= texts.size() ||
        (visibility != STV_DEFAULT && visibility != STV_PROTECTED)) {
      continue;
    }
    const char* const start = texts.data() + symbol.st_name;
    names.emplace(start, strnlen(start, texts.size() - symbol.st_name));
  }
  return names;
}

}  // namespace

boost::system::result<std::set<std::string>, std::string> exported_symbols(
    const std::filesystem::path& file) {
  const std::string truncated = "is truncated: the file ends before what its header names";
  Reader reader(file);
  const auto magic = reader.read<char>(0, SELFMAG);
  if (!magic || std::memcmp(magic->data(), ELFMAG, SELFMAG) != 0) {
    return std::string("is not an ELF file");
  }
  const auto headers = reader.read<Elf64_Ehdr>(0, 1);
  if (!headers) return truncated;
  const Elf64_Ehdr& header = headers->front();
  if (const auto fault = fault_of(header)) return *fault;

  const auto segments = reader.read<Elf64_Phdr>(header.e_phoff, header.e_phnum);
  const auto sections = reader.read<Elf64_Shdr>(header.e_shoff, header.e_shnum);
  if (!segments || !sections) return truncated;
  for (const Elf64_Phdr& segment : *segments) {
    // A mapped page beyond the end of the file is a SIGBUS, later.
    if (segment.p_type == PT_LOAD && !reader.contains(segment.p_offset, segment.p_filesz)) {
      return truncated;
    }
  }
  for (const Elf64_Shdr& section : *sections) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections->size()) continue;
    const Elf64_Shdr& names = (*sections)[section.sh_link];
    const auto symbols =
        reader.read<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym));
    const auto texts = reader.read<char>(names.sh_offset, names.sh_size);
    if (!symbols || !texts) return truncated;
    return defined(*symbols, *texts);
  }
  return std::set<std::string>();
}

}  // namespace scalehook::plugin
