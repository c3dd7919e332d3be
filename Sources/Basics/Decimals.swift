import Foundation

/// A number with so many digits after the point, the same in every locale.
package func decimals(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }
