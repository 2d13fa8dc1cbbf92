using System.Runtime.InteropServices;

namespace Bascule.Terminal;

/// <summary>What the C library offers for a new process. glibc has both since 2.34; musl has no closefrom.</summary>
internal readonly record struct SpawnAbilities(bool ChangesDirectory, bool ClosesFrom)
{
    internal static SpawnAbilities OfThisSystem { get; } = Find();

    private static SpawnAbilities Find()
    {
        // Whatever the C library is called here, its names are those of the whole program.
        var program = NativeLibrary.GetMainProgramHandle();
        return new(Has("posix_spawn_file_actions_addchdir_np"), Has("posix_spawn_file_actions_addclosefrom_np"));

        bool Has(string name) => NativeLibrary.TryGetExport(program, name, out _);
    }
}

/// <summary>What a new process does between its birth and its program, in the words of posix_spawn.</summary>
internal sealed unsafe class SpawnCalls : IDisposable
{
    // glibc has 80 and 336 bytes for these, musl no more.
    private const nuint StructBytes = 1024;

    private const short DefaultSignals = 0x04;
    private const short SignalMask = 0x08;
    private const short NewSession = 0x80;

    private readonly void* _actions = NativeMemory.AllocZeroed(StructBytes);
    private readonly void* _attributes = NativeMemory.AllocZeroed(StructBytes);

    /// <summary>A session of its own, no signal blocked, none ignored: what .NET ignores (SIGPIPE) would stay ignored.</summary>
    internal SpawnCalls()
    {
        var signals = NativeMemory.AllocZeroed(StructBytes);
        // SAFETY: all three pieces are larger than the structs of either library, and live until Dispose; the sets are copied by the calls.
        _ = posix_spawn_file_actions_init(_actions);
        _ = posix_spawnattr_init(_attributes);
        _ = sigemptyset(signals);
        _ = posix_spawnattr_setsigmask(_attributes, signals);
        _ = sigfillset(signals);
        _ = posix_spawnattr_setsigdefault(_attributes, signals);
        _ = posix_spawnattr_setflags(_attributes, NewSession | DefaultSignals | SignalMask);
        NativeMemory.Free(signals);
    }

    // SAFETY (all actions): the struct is initialised; the library copies texts and grows its list by itself, or says that memory is short.
    internal void ChangeDirectory(string path) => Check(posix_spawn_file_actions_addchdir_np(_actions, Libc.Text(path)));

    internal void Open(int descriptor, string path) => Check(posix_spawn_file_actions_addopen(_actions, descriptor, Libc.Text(path), Libc.ReadWrite, 0));

    internal void Duplicate(int from, int to) => Check(posix_spawn_file_actions_adddup2(_actions, from, to));

    internal void CloseFrom(int first) => Check(posix_spawn_file_actions_addclosefrom_np(_actions, first));

    internal void Close(int descriptor) => Check(posix_spawn_file_actions_addclose(_actions, descriptor));

    /// <returns>The process, or the negative error number: then there is none.</returns>
    internal int Run(string program, NativeTexts arguments, NativeTexts environment)
    {
        // SAFETY: everything pointed to lives until the call is over; the parent waits in it until the child runs its program or has failed.
        var error = posix_spawn(out var process, Libc.Text(program), _actions, _attributes, arguments.Pointer, environment.Pointer);
        return error == 0 ? process : -error;
    }

    public void Dispose()
    {
        // SAFETY: initialised in the constructor, not used any more.
        _ = posix_spawn_file_actions_destroy(_actions);
        _ = posix_spawnattr_destroy(_attributes);
        NativeMemory.Free(_actions);
        NativeMemory.Free(_attributes);
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new TerminalStartException(StartFault.NoProcesses, $"The system has no memory to start a process: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn(out int process, byte[] path, void* actions, void* attributes, nint arguments, nint environment);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_init(void* actions);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_destroy(void* actions);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_addchdir_np(void* actions, byte[] path);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_addopen(void* actions, int descriptor, byte[] path, int flags, uint mode);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_addclosefrom_np(void* actions, int first);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawn_file_actions_addclose(void* actions, int descriptor);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawnattr_init(void* attributes);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawnattr_destroy(void* attributes);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawnattr_setflags(void* attributes, short flags);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sigemptyset(void* signals);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sigfillset(void* signals);
}
