using System.Data.Common;

namespace Bascule.Storage.Sql;

/// <summary>What differs between the two engines; all other text is the same for both.</summary>
internal abstract class SqlDialect : IAsyncDisposable
{
    /// <summary>Engine and place, without secrets.</summary>
    internal abstract string Name { get; }

    internal abstract bool IsShared { get; }

    /// <summary>The engine's clock: milliseconds since 1970.</summary>
    internal abstract string Now { get; }

    /// <summary>Stands before TABLE where rows need not outlive a crash of the engine, as long as a crash takes all of them: gateways then begin anew.</summary>
    internal abstract string Unlogged { get; }

    /// <summary>The type of a column that numbers its rows by itself.</summary>
    internal abstract string NumberedKey { get; }

    /// <summary>True in one transaction at a time: two that clear up the same rows would wait for each other.</summary>
    internal abstract string HousekeepingLock { get; }

    /// <summary>Locks the keys of the JSON rows in <c>@rows</c> against other claims, and <c>@epoch</c> against changes, until the transaction ends. Two result sets.</summary>
    internal abstract string LockForClaim { get; }

    /// <summary>Locks <c>@epoch</c> against claims and other changes until the transaction ends. One result set.</summary>
    internal abstract string LockForChange { get; }

    /// <summary>Locks the text in <c>@lock</c> against others that lock the same until the transaction ends. One result set.</summary>
    internal abstract string LockText { get; }

    /// <summary>The objects of the JSON array in a parameter, as rows with these columns, named <c>w</c>.</summary>
    internal abstract string Rows(string parameter, params (string Name, string Type)[] columns);

    /// <summary>Whether a column has one of the values of a query, looked up by the index on the column whatever the tables' statistics say.</summary>
    internal abstract string IsAnyOf(string column, string query);

    /// <summary>Runs one command, which may hold many statements and is one transaction.</summary>
    internal abstract Task<T> RunAsync<T>(Func<DbConnection, Task<T>> command, CancellationToken cancellation);

    /// <summary>Runs many commands in one transaction, alone among all gateways.</summary>
    internal abstract Task RunAloneAsync(Func<DbConnection, Task> commands, CancellationToken cancellation);

    /// <summary>What to do about a failure.</summary>
    internal abstract string RemedyFor(Exception failure);

    public abstract ValueTask DisposeAsync();
}
