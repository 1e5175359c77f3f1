/// Names one call of this process, for as long as anybody may speak of it; never used again.
package struct CallHandle: SlotHandle, CustomStringConvertible {
    let number: UInt64

    package var description: String { String(number, radix: 36) }
}
