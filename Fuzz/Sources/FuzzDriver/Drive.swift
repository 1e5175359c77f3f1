import Glibc

/// Lets libFuzzer, which reads the command line, call `check` until it throws.
package func drive(_ check: @escaping @Sendable ([UInt8]) throws -> Void) -> Never {
    checked = check
    var (count, words) = (CommandLine.argc, Optional(CommandLine.unsafeArgv))
    exit(runDriver(&count, &words, testOneInput))
}

/// Set once, before libFuzzer starts; a C function carries nothing along.
private nonisolated(unsafe) var checked: @Sendable ([UInt8]) throws -> Void = { _ in }

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try checked(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // A trap is how libFuzzer learns that something did not hold, and keeps the input.
        fatalError("\(error)")
    }
    return 0
}

private typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<Words?>, _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
