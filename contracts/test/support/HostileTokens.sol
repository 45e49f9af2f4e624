// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token whose tricks are turned on one at a time: it returns false, moves less than it was asked to or more, takes a
/// fee from who receives or on top from who sends, refuses somebody, stops, or calls back in the middle of a transfer. For that
/// it is given the role that the call needs, so that nothing but the reentrancy guard can refuse it.
contract HostileToken is ERC20("Hostile", "HOST") {
    enum Trick {
        None,
        ReturnFalse,
        MoveNothing,
        TakeFee,
        ChargeSender,
        DeliverMore,
        Refuse,
        Stop,
        CallBack
    }

    address public constant FEES = address(0xFEE);

    Trick public trick;
    uint256 public fee;
    address public refused;
    address public target;
    bytes public call_;
    /// @notice What the last call back was answered, and how many were let through.
    bytes public refusal;
    uint256 public callsLetThrough;

    error Refused();

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function approveFromHere(address spender) external {
        _approve(address(this), spender, type(uint256).max);
    }

    function behave() external {
        trick = Trick.None;
    }

    function returnFalse() external {
        trick = Trick.ReturnFalse;
    }

    function moveNothing() external {
        trick = Trick.MoveNothing;
    }

    function takeFee(uint256 fee_) external {
        (trick, fee) = (Trick.TakeFee, fee_);
    }

    function chargeSender(uint256 fee_) external {
        (trick, fee) = (Trick.ChargeSender, fee_);
    }

    function deliverMore(uint256 more) external {
        (trick, fee) = (Trick.DeliverMore, more);
    }

    function refuse(address account) external {
        (trick, refused) = (Trick.Refuse, account);
    }

    function stop() external {
        trick = Trick.Stop;
    }

    function callBack(address target_, bytes calldata data) external {
        (trick, target, call_) = (Trick.CallBack, target_, data);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return trick != Trick.ReturnFalse && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return trick != Trick.ReturnFalse && super.transferFrom(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0)) return super._update(from, to, value);
        if (trick == Trick.Stop || (trick == Trick.Refuse && (to == refused || from == refused))) revert Refused();
        super._update(from, to, trick == Trick.MoveNothing ? 0 : value);
        if (trick == Trick.TakeFee) super._update(to, FEES, fee);
        if (trick == Trick.ChargeSender) super._update(from, FEES, fee);
        if (trick == Trick.DeliverMore) super._update(address(0), to, fee);
        if (trick == Trick.CallBack) {
            trick = Trick.None;
            bool done;
            (done, refusal) = target.call(call_);
            if (done) ++callsLetThrough;
            trick = Trick.CallBack;
        }
    }
}
