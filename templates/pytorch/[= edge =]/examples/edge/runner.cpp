// Runs an exported model with ExecuTorch alone: float32 images from stdin, float32 logits to stdout, until stdin ends.
//
//     runner model-int8.pte HEIGHT WIDTH CHANNELS <pixels >logits

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

using executorch::extension::from_blob;
using executorch::extension::Module;

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: runner MODEL HEIGHT WIDTH CHANNELS\n");
    return 2;
  }
  const int height = std::atoi(argv[2]), width = std::atoi(argv[3]), channels = std::atoi(argv[4]);
  if (height < 1 || width < 1 || channels < 1) {
    std::fprintf(stderr, "HEIGHT, WIDTH and CHANNELS must be 1 or more\n");
    return 2;
  }

  Module module(argv[1]);
  std::vector<float> pixels(static_cast<size_t>(height) * width * channels);
  auto image = from_blob(pixels.data(), {1, height, width, channels});
  size_t read;
  while ((read = std::fread(pixels.data(), sizeof(float), pixels.size(), stdin)) == pixels.size()) {
    const auto outputs = module.forward(image);
    if (!outputs.ok()) {
      std::fprintf(stderr, "ExecuTorch error 0x%x\n", static_cast<unsigned>(outputs.error()));
      return 1;
    }
    const auto logits = outputs->at(0).toTensor();
    std::fwrite(logits.const_data_ptr<float>(), sizeof(float), logits.numel(), stdout);
  }
  if (read != 0) {
    std::fprintf(stderr, "the last image is incomplete\n");
    return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
