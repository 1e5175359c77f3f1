import Synchronization

/// A recording under way, as the control thread and the media thread know it. The file itself belongs to the writer's threads.
package final class RecordingHandle: @unchecked Sendable {
    package let path: String
    package let format: RecordingFormat
    private let failed = Atomic<Bool>(false)
    private let firstFailure = Mutex<AudioFileError?>(nil)
    private let onFailure: (@Sendable (AudioFileError) -> Void)?

    // Touched by the writer thread alone; at the end the file passes to the finishing thread.
    var file: RecordingFile?
    var samplesSinceHeader = 0
    var isListedForHeader = false

    init(file: RecordingFile, onFailure: (@Sendable (AudioFileError) -> Void)?) {
        path = file.path
        format = file.format
        self.file = file
        self.onFailure = onFailure
    }

    /// True once nothing more can be recorded; one atomic load, for media threads.
    package var hasFailed: Bool { failed.load(ordering: .acquiring) }

    /// Why nothing more can be recorded.
    package var failure: AudioFileError? { firstFailure.withLock { $0 } }

    /// Notes the first failure and tells it; later ones follow from it.
    func fail(_ error: AudioFileError) {
        let isFirst = firstFailure.withLock { kept in
            if kept != nil { return false }
            kept = error
            return true
        }
        guard isFirst else { return }
        failed.store(true, ordering: .releasing)
        onFailure?(error)
    }
}
