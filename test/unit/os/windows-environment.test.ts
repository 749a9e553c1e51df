import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentBlock } from '../../../src/os/windows-environment.ts';

const OWN = { SystemRoot: 'C:\\Windows', TEMP: 'C:\\Temp', SECRET: 'x' };

test('environmentBlock() sorts, and ends each entry with a NUL', () => {
  assert.equal(environmentBlock(['b=2', 'A=1', 'c=3'], {}), 'A=1\0b=2\0c=3\0');
});

test('environmentBlock() takes names for the same in upper and lower case; the last one counts', () => {
  assert.equal(environmentBlock(['Path=old', 'PATH=new'], {}), 'PATH=new\0');
});

test('environmentBlock() adds what Windows needs, and nothing else of ours', () => {
  assert.equal(environmentBlock([], OWN), 'SystemRoot=C:\\Windows\0TEMP=C:\\Temp\0');
  assert.equal(environmentBlock(['temp=D:\\'], OWN), 'SystemRoot=C:\\Windows\0temp=D:\\\0');
});

test('environmentBlock() keeps the folders of drives, whose names begin with "="', () => {
  assert.equal(environmentBlock(['=C:=C:\\dir'], {}), '=C:=C:\\dir\0');
});

test('environmentBlock() keeps values that hold "="', () => {
  assert.equal(environmentBlock(['a=b=c'], {}), 'a=b=c\0');
});
