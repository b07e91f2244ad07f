import Raster
import Glibc

/// Numbers as the status line writes them.
enum Numbers {
  /// `digits` decimals, rounded, with a point: `fixed(1.25, 1)` is `1.3`.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "?" }
    let scale = pow(10, Double(digits))
    let whole = Int(saturating: (abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    let unit = Int(saturating: scale)
    let tail = String(whole % unit)
    return sign + String(whole / unit) + "." + String(repeating: "0", count: digits - tail.count)
      + tail
  }

  /// To two decimals.
  static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

  /// Two decimals at most, none that are zero at the end.
  static func plain(_ value: Double) -> String {
    var text = fixed(value, 2)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// `0.74s`, `8.9s`, `75s`.
  static func seconds(_ value: Double) -> String {
    fixed(value, value < 1 ? 2 : value < 60 ? 1 : 0) + "s"
  }

  /// One decimal below ten percent.
  static func percent(_ fraction: Double) -> String {
    let value = fraction * 100
    return fixed(value, value < 10 ? 1 : 0) + "%"
  }

  /// Multiply-adds: `3.2T`, `12G`, `850M`.
  static func macs(_ count: Int) -> String {
    let value = Double(count)
    if count >= 1_000_000_000_000 { return fixed(value / 1e12, 1) + "T" }
    if count >= 1_000_000_000 { return fixed(value / 1e9, 0) + "G" }
    return fixed(value / 1e6, 0) + "M"
  }

  /// `512 kB`, `120 MB`, `1.5 GB`.
  static func bytes(_ count: Int) -> String {
    if count >= 1_000_000_000 { return fixed(Double(count) / 1e9, 1) + " GB" }
    if count >= 1_000_000 { return "\(count / 1_000_000) MB" }
    return "\(count / 1000) kB"
  }
}
