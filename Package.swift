// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// JPEG input is optional: it is compiled in where libjpeg-turbo's header is installed.
let jpegHeader = ["/usr/include/jpeglib.h", "/usr/local/include/jpeglib.h"]
let hasJPEG = jpegHeader.contains { FileManager.default.fileExists(atPath: $0) }

/// Fuzzing is built by `scripts/fuzz` alone, since libFuzzer brings its own start of the program.
let fuzzes = ProcessInfo.processInfo.environment["TESSERA_FUZZ"] != nil

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(room)Tests",
    dependencies: [.target(name: room)] + dependencies,
    resources: [],
    swiftSettings: strict)
}

let fuzz = Target.executableTarget(
  name: "fuzz",
  dependencies: [
    "Raster", "Tensors", "Networks", "SIGE", "Diffusion", "Editor", "Journal", "Terminal",
    "tessera",
  ], path: "Fuzz/Sources", swiftSettings: strict)

let package = Package(
  name: "tessera",
  products: [.executable(name: "tessera", targets: ["start"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "Clibpng", path: "Sources/Clibpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CNcurses", path: "Sources/CNcurses", providers: [.apt(["libncursesw5-dev"])]),
    // The module map's link lines reach Swift importers only; a C target names its libraries itself.
    .target(
      name: "CPNG", dependencies: ["Clibpng"], cSettings: [.enableWarning("all")],
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(
      name: "CJPEG",
      cSettings: [.enableWarning("all")] + (hasJPEG ? [.define("TESSERA_JPEG")] : []),
      linkerSettings: hasJPEG ? [.linkedLibrary("jpeg")] : []),
    .target(name: "CFiles", cSettings: [.enableWarning("all")]),
    .target(name: "CTerminal", dependencies: ["CNcurses"], cSettings: [.enableWarning("all")]),
    .target(name: "CKernels", cSettings: [.enableWarning("all")]),
    room("Files", ["CFiles"]),
    room("Raster", ["CPNG", "CJPEG", "Files", .product(name: "Crypto", package: "swift-crypto")]),
    room("DiffMask", ["Raster"]),
    room("Tensors", ["CKernels", "Files"]),
    room("Networks", ["Tensors"]),
    room("SIGE", ["DiffMask", "Networks", "Tensors"]),
    room("Exemplars", ["CKernels", "Tensors"]),
    room("Materials", ["Exemplars", "Tensors", "Raster", "Files"]),
    room(
      "Diffusion",
      [
        "Materials", "Exemplars", "SIGE", "Networks", "Tensors", "DiffMask", "Raster", "Files",
      ]),
    room("PatchParallel", ["Networks", "Diffusion", "Tensors", "DiffMask"]),
    room("Editor", ["Raster"]),
    room("Journal", ["Editor", "Raster", "Files"]),
    room("Terminal", ["CTerminal", "Editor"]),
    .target(
      name: "tessera",
      dependencies: [
        "Files", "Raster", "DiffMask", "Tensors", "Networks", "SIGE", "Materials", "Diffusion",
        "PatchParallel",
        "Editor", "Journal", "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(name: "start", dependencies: ["tessera"], swiftSettings: strict),
    tests("Files"),
    tests("Raster", ["CFiles", "Files"]),
    tests("DiffMask", ["Raster"]),
    tests("Tensors", ["CKernels"]),
    tests("Networks", ["Tensors"]),
    tests("SIGE", ["DiffMask", "Networks", "Tensors"]),
    tests("Exemplars", ["CKernels", "Tensors"]),
    tests("Materials", ["Exemplars", "Tensors", "Raster"]),
    tests("Diffusion", ["SIGE", "Networks", "Tensors", "DiffMask", "Raster"]),
    tests("PatchParallel", ["Networks", "Diffusion", "Tensors", "DiffMask", "SIGE"]),
    tests("Editor", ["Raster"]),
    tests("Journal", ["Editor", "Raster", "Files"]),
    tests("Terminal", ["Editor", "Networks", "Raster", "tessera"]),
    .testTarget(
      name: "CommandTests",
      dependencies: ["Editor", "Files", "Journal", "Raster", "Tensors", "tessera"],
      swiftSettings: strict),
  ] + (fuzzes ? [fuzz] : []),
  swiftLanguageModes: [.v6]
)
