namespace Bascule.Terminal;

/// <summary>Finds processes by the session in their environment. Who asks while a scan runs shares the next one: 500 terminals that end together cost two scans.</summary>
internal sealed class MarkScan
{
    private readonly Lock _gate = new();
    private readonly byte[] _buffer = ProcessTable.MakeBuffer();
    private TaskCompletionSource<ILookup<string, int>>? _next;
    private bool _isRunning;

    /// <summary>All processes of this machine that this user may look at and that belong to a session, by its id. The scan begins after the call.</summary>
    internal Task<ILookup<string, int>> NextAsync()
    {
        lock (_gate)
        {
            _next ??= new TaskCompletionSource<ILookup<string, int>>(TaskCreationOptions.RunContinuationsAsynchronously);
            var next = _next.Task;
            if (!_isRunning)
            {
                _isRunning = true;
                ThreadPool.UnsafeQueueUserWorkItem(static scan => scan.RunAll(), this, preferLocal: false);
            }

            return next;
        }
    }

    private void RunAll()
    {
        while (Take() is { } asked)
        {
            try
            {
                asked.SetResult(BySession());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                asked.SetException(e);
            }
        }
    }

    private TaskCompletionSource<ILookup<string, int>>? Take()
    {
        lock (_gate)
        {
            var next = _next;
            _next = null;
            _isRunning = next is not null;
            return next;
        }
    }

    /// <summary>One scan at a time, so they share the buffer.</summary>
    private ILookup<string, int> BySession() =>
        (from process in ProcessTable.Others()
         let session = ProcessTable.VariableOf(process, ChildEnvironment.SessionMark, _buffer)
         where session is not null
         select (session, process)).ToLookup(found => found.session, found => found.process, StringComparer.Ordinal);
}
