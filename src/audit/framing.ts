// How records follow each other on a stream (RFC 6587 3.4). A record comes with its line break and holds no other.

/** Records as one text for a stream. */
export type Framing = (records: readonly string[]) => string

/** Line after line, as files have them and as most collectors take them without TLS. */
export const asLines: Framing = (records) => records.join('')

/** Each with the number of its bytes before it, as RFC 5425 4.3 demands: no byte of a record can then end it. */
export const countedInOctets: Framing = (records) =>
  records
    .map((record) => {
      const message = record.slice(0, -1)
      return `${Buffer.byteLength(message)} ${message}`
    })
    .join('')
