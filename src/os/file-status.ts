/** What the file system tells of a file. stat(2) */
export interface FileStatus {
  readonly kind: 'file' | 'folder' | 'link' | 'character-device' | 'fifo' | 'other';
  /** Its kind and permissions, as `st_mode`. inode(7) */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** How many names it has. */
  readonly nlink: number;
  readonly sizeBytes: number;
  /** The number of the device that a device file stands for. */
  readonly rdev: number;
  /** Which file it is, whatever its name: device, inode and when it was made, as inodes are used again. */
  readonly id: FileId;
}

export type FileId = string;
